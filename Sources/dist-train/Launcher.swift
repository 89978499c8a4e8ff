import ArgumentParser
import Collectives
import Fabrics
import Foundation
import Platform
import Training

/// Starts the ranks, runs `body` on each, and ends the process with the status that the ranks agreed on.
enum Launcher {
  static func run(_ options: RankOptions, body: @escaping @Sendable (any Fabric) throws -> ExitStatus) throws {
    // Before MPI, which does not say that it has no threads.
    try reportingErrors { try RunningClock.start() }
    let status =
      if let ranks = options.ranksAsThreads { runThreads(ranks, body) } else { runProcess(body) }
    guard status == .done else { throw ExitCode(status.rawValue) }
  }

  /// What MPI_Init starts, which ends with status 1 where it gets none: with Open MPI 4.1, started without mpirun, 11 threads
  /// and processes.
  private static let threadsOfMPI = 12

  /// This process is one rank of `mpirun`, or the only one.
  private static func runProcess(_ body: (any Fabric) throws -> ExitStatus) -> ExitStatus {
    let fabric: MPIFabric
    do {
      try ThreadRehearsal(threadsOfMPI, for: "MPI").end()
      fabric = try MPIFabric.inTime()
    } catch {
      tell("dist-train: \(error)")
      return .internalError
    }
    do {
      let status = try body(fabric)
      try fabric.finalizeInTime()
      return status
    } catch let failure as JobFailure {
      // All ranks have it, so one of them tells, and all leave in order.
      if fabric.rank == 0 { tell("dist-train: \(failure)") }
      do { try fabric.finalizeInTime() } catch { tell("dist-train: [rank \(fabric.rank)] \(error)") }
      return failure.status
    } catch  where error is RanksLost || error is CollectiveMismatch {
      fabric.leaveJob(saying: error)
    } catch {
      // The others do not know, and may be waiting for this rank.
      fabric.endJob(saying: error)
    }
  }

  private static func runThreads(
    _ ranks: Int, _ body: @escaping @Sendable (any Fabric) throws -> ExitStatus
  ) -> ExitStatus {
    do {
      let results = try runRanksAsThreads(worldSize: ranks, body: body)
      let errors = results.enumerated().compactMap { rank, result in
        if case .failure(let error) = result { (rank, error) } else { nil }
      }
      // A rank that was only ended by another one has nothing to add.
      guard let (rank, error) = errors.first(where: { !($0.1 is FabricError) }) ?? errors.first else {
        return try results[0].get()
      }
      tell("dist-train: " + (error is JobFailure ? "\(error)" : "[rank \(rank)] \(error)"))
      return ExitStatus(for: error)
    } catch {
      tell("dist-train: \(error)")
      return ExitStatus(for: error)
    }
  }
}
