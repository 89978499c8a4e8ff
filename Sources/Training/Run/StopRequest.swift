import Glibc
import Synchronization

/// The request that the run save and end, from a signal: SIGUSR1, which mpirun passes on to every rank, or SIGTERM.
public enum StopRequest {
  private static let received = Atomic<Bool>(false)

  /// From now on these signals ask for a checkpoint and an orderly end instead of killing the process.
  public static func listen() {
    // The first use of a static may initialise it under a lock, which a signal handler must not do.
    _ = isReceived
    for number in [SIGUSR1, SIGTERM] {
      signal(number) { _ in StopRequest.received.store(true, ordering: .relaxed) }
    }
  }

  static var isReceived: Bool { received.load(ordering: .relaxed) }
}
