import Collectives
import Fabrics
import Foundation
import Synchronization

extension Communicator {
  /// A communicator for a whole job. Where this process is one rank of a launcher's, it says for whom it waits when Open MPI
  /// ends the job, and once it has given up it ends in any case.
  public static func ofJob(fabric: any Fabric, timeout: Duration) throws -> Communicator {
    let communicator = try Communicator(fabric: fabric, timeout: timeout)
    if fabric is MPIFabric {
      communicator.jobIsEnding = { StopRequest.launcherEndsJob }
      let hostName = fabric.hostName
      communicator.givesUp = { lost in
        // Whoever leaves first makes the launcher end the others, which have something to say too.
        signal(SIGTERM, SIG_IGN)
        LastResort.leave(after: LastResort.patience, saying: { lost.line(hostName: hostName) })
      }
      LastResort.standBy(saying: communicator.whereItIs)
    }
    return communicator
  }
}

extension RanksLost {
  fileprivate func line(hostName: String) -> String { "dist-train: [rank \(rank) on \(hostName)] \(self)" }

  /// Ends this process, which was one of `fabric`'s. All ranks that wait have told each other, so each says its part and
  /// leaves with the same status by itself: MPI_Abort may wait for a host that cannot be reached. The launcher ends those
  /// that are left.
  public func endProcess(of fabric: any Fabric) -> Never {
    LastResort.say(line(hostName: fabric.hostName))
    // The first one to leave makes the launcher end the others.
    usleep(300_000)
    fflush(nil)
    _exit(ExitStatus.ranksLost.rawValue)
  }
}

/// Ends this process though a call of MPI never returns. Once a rank is lost any call may hang: it waits for a connection
/// that cannot be made, or for a daemon that cannot be reached.
enum LastResort {
  private static let hasSpoken = Atomic<Bool>(false)
  private static let isArmed = Atomic<Bool>(false)
  private static let isStandingBy = Atomic<Bool>(false)
  /// Longer than it takes to ask the other ranks and to tell what they know.
  static let patience = 1.5
  /// Within the second that Open MPI leaves after SIGTERM.
  private static let lastMoment = 0.75

  /// If the process is still there after a while, writes what this rank knows and leaves.
  static func leave(after seconds: Double, saying sentence: @escaping @Sendable () -> String) {
    guard !isArmed.exchange(true, ordering: .relaxed) else { return }
    Thread.detachNewThread { leaveNow(after: seconds, saying: sentence) }
  }

  /// The same once Open MPI ends the job, wherever this rank may then hang.
  static func standBy(saying sentence: @escaping @Sendable () -> String) {
    guard !isStandingBy.exchange(true, ordering: .relaxed) else { return }
    Thread.detachNewThread {
      StopRequest.waitUntilLauncherEndsJob()
      leaveNow(after: lastMoment, saying: sentence)
    }
  }

  /// Once is enough.
  static func say(_ sentence: String) {
    if !hasSpoken.exchange(true, ordering: .relaxed) { Console.standardError(rank: 0).print(sentence) }
  }

  private static func leaveNow(after seconds: Double, saying sentence: () -> String) -> Never {
    Thread.sleep(forTimeInterval: seconds)
    say(sentence())
    _exit(ExitStatus.ranksLost.rawValue)
  }
}
