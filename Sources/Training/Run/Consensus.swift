import Collectives
import Fabrics
import Tensors

extension Error {
  /// Whether nothing can be shared with the others any more.
  fileprivate var isAboutOtherRanks: Bool { self is FabricError || self is RanksLost || self is CollectiveMismatch }
}

/// All ranks or none: work that each rank does for itself and whose outcome all of them share.
package struct Consensus {
  let communicator: Communicator

  package init(communicator: Communicator) { self.communicator = communicator }

  /// Does `work` and waits for the others. Every rank calls it. When it failed anywhere, every rank throws the same
  /// `JobFailure`; an error of the fabric itself cannot be shared and is thrown as it is.
  package func attempt<Value>(_ work: () throws -> Value) throws -> Value {
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try work())
    } catch  where error.isAboutOtherRanks {
      throw error
    } catch {
      outcome = .failure(error)
    }
    switch outcome {
    case .success(let value):
      try share(nil)
      return value
    case .failure(let error):
      do {
        try share(error)
      } catch let lost where lost.isAboutOtherRanks {
        throw RunError(ExitStatus(for: error), "\(error) (and the other ranks could not be told: \(lost))")
      }
      throw error
    }
  }

  /// Compares what must be the same everywhere. Every rank calls it; where digests differ, every rank throws the same
  /// `JobFailure`, which names the odd ranks and ends with `advice`.
  package func agree(on digest: Digest, about subject: String, advice: String) throws {
    do {
      try communicator.agree(on: digest, about: subject)
    } catch let disagreement as Disagreement {
      throw JobFailure(
        everywhere: .ranksLost, "\(disagreement). \(advice)", worldSize: communicator.worldSize)
    }
  }

  /// Tells the others of an error, or that there is none, and throws if any rank has one.
  func share(_ error: (any Error)?) throws {
    var message: [UInt8] = []
    if let error { message = [UInt8(ExitStatus(for: error).rawValue)] + Array("\(error)".utf8) }
    let all = try communicator.allGather(message)
    var reports: [(status: Int32, message: String, ranks: [Int])] = []
    for (rank, bytes) in all.enumerated() where !bytes.isEmpty {
      let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
      if let known = reports.firstIndex(where: { $0.message == text }) {
        reports[known].ranks.append(rank)
      } else {
        reports.append((Int32(bytes[0]), text, [rank]))
      }
    }
    guard let first = reports.first else { return }
    throw JobFailure(
      status: ExitStatus(rawValue: first.status) ?? .internalError,
      reports: reports.map {
        JobFailure.Report(ranks: $0.ranks.map { communicator.jobRanks[$0] }, message: $0.message)
      },
      worldSize: communicator.worldSize)
  }
}
