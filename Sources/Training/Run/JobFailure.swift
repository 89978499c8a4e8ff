import Checkpoints
import Collectives
import Data
import Fabrics
import Kernels
import Network
import Optimizers

/// Why a job ends before its time: the status that every rank leaves with, and what each has to say.
public struct JobFailure: Error, CustomStringConvertible {
  public let status: ExitStatus
  /// What went wrong and where; ranks with the same message are named together.
  public let reports: [Report]
  public let worldSize: Int

  public struct Report: Sendable, Equatable, Codable {
    public let ranks: [Int]
    public let message: String

    package init(ranks: [Int], message: String) { (self.ranks, self.message) = (ranks, message) }
  }

  /// What every rank found out for itself, since all have the same numbers.
  package init(everywhere status: ExitStatus, _ message: String, worldSize: Int) {
    self.init(
      status: status, reports: [Report(ranks: Array(0..<worldSize), message: message)], worldSize: worldSize)
  }

  /// What one rank found, and has told the others.
  init(of error: any Error, on rank: Int, worldSize: Int) {
    self.init(
      status: ExitStatus(for: error), reports: [Report(ranks: [rank], message: "\(error)")], worldSize: worldSize)
  }

  package init(status: ExitStatus, reports: [Report], worldSize: Int) {
    (self.status, self.reports, self.worldSize) = (status, reports, worldSize)
  }

  public var description: String {
    reports.map { report in
      if report.ranks.count == worldSize { return report.message }
      let names = report.ranks.prefix(8).map(String.init).joined(separator: ", ")
      let more = report.ranks.count > 8 ? " and \(report.ranks.count - 8) more" : ""
      return "rank\(report.ranks.count > 1 ? "s" : "") \(names)\(more): \(report.message)"
    }.joined(separator: "\n")
  }
}

/// An error of one rank that already knows its status.
package struct RunError: Error, CustomStringConvertible {
  package let status: ExitStatus
  package let description: String

  package init(_ status: ExitStatus, _ description: String) {
    (self.status, self.description) = (status, description)
  }
}

extension ExitStatus {
  /// The status that an error of this kind ends a run with.
  public init(for error: any Error) {
    self =
      switch error {
      case let failure as JobFailure: failure.status
      case let error as RunError: error.status
      case is ConfigurationError, is GraphError, is OptimizerError: .usage
      case let error as KernelError where error.isUnsupported: .usage
      case let error as PreparationError where error.cause.isUnsupported: .usage
      case let error as DataError where error.isAboutTheHost: .internalError
      case is DataError: .data
      case is CheckpointError: .noCheckpoint
      case is OutputError: .output
      case is FabricError, is Disagreement, is CollectiveMismatch, is RanksLost: .ranksLost
      case is AlgorithmUnavailable: .usage
      default: .internalError
      }
  }
}
