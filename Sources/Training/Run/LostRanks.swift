import Collectives
import Fabrics
import Foundation

extension Communicator {
  /// A communicator for a whole job. Where this process is one rank of a launcher's, it says for whom it waits when Open MPI
  /// ends the job, and once it has given up it ends in any case.
  public static func ofJob(
    fabric: any Fabric, timeout: Duration, sharesMemory: Bool = true
  ) throws -> Communicator {
    let communicator = try Communicator(fabric: fabric, timeout: timeout, sharesMemory: sharesMemory)
    guard let fabric = fabric as? MPIFabric else { return communicator }
    // What it says of itself may be asked for until the process ends.
    _ = Unmanaged.passRetained(communicator)
    fabric.finalizeTimeout = timeout
    communicator.jobIsEnding = { StopRequest.launcherEndsJob }
    let prefix = "dist-train: [rank \(fabric.rank) on \(fabric.hostName)] "
    communicator.givesUp = { whatToSay in
      // Whoever leaves first makes the launcher end the others, which have something to say too.
      if !StopRequest.isListening { signal(SIGTERM, SIG_IGN) }
      LastWords.leave(after: LastWords.patience, status: .ranksLost) { prefix + whatToSay() }
    }
    communicator.goesOn = { [unowned communicator] in
      if !StopRequest.isListening { signal(SIGTERM, SIG_DFL) }
      LastWords.stay(saying: communicator.whereItIs)
    }
    try LastWords.standBy(saying: communicator.whereItIs, leavingWith: communicator.leavesWithNeighbours)
    return communicator
  }
}

extension MPIFabric {
  /// MPI_Init, which has no deadline of its own. Starting thousands of ranks takes a while.
  public static func inTime() throws -> MPIFabric {
    try LastWords.limit(.seconds(300), to: { try MPIFabric() }) {
      "dist-train: MPI_Init did not end within 300 s: a host may not be reachable from the others"
    }
  }

  /// MPI_Finalize, which waits for every rank without a deadline of its own. A little longer than collectives wait, since
  /// those who wait in one have more to tell.
  public func finalizeInTime() throws {
    let (timeout, rank, hostName) = (finalizeTimeout + .seconds(1), rank, hostName)
    try LastWords.limit(timeout, to: finalize) {
      """
      dist-train: [rank \(rank) on \(hostName)] rank \(rank) waited \(timeout.components.seconds) s for the other ranks \
      in MPI_Finalize in vain; its own work is done
      """
    }
  }

  /// Ends this process after an error that the ranks have told each other of: each says its part and leaves with the same
  /// status by itself. MPI_Abort may wait for a host that cannot be reached. The launcher ends those that are left.
  public func leaveJob(saying error: any Error) -> Never {
    LastWords.say("dist-train: [rank \(rank) on \(hostName)] \(error)")
    LastWords.waitForNeighbours()
    fflush(nil)
    _exit(ExitStatus(for: error).rawValue)
  }

  /// Ends the job after an error of this rank that the others do not know of.
  public func endJob(saying error: any Error) -> Never {
    LastWords.say("dist-train: [rank \(rank)] \(error)")
    let status = ExitStatus(for: error)
    LastWords.leave(after: LastWords.patience, status: status) { "" }
    abort(status: status.rawValue)
    _exit(status.rawValue)
  }
}
