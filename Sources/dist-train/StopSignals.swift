import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into an error at the next check, while `work` runs, so that work can clean up after itself.
enum StopSignals {
  struct Stopped: Error {
    let signal: Int32
  }

  /// What work looks at; any thread may.
  struct Check: Sendable {
    /// Throws `Stopped` when a signal has come.
    func callAsFunction() throws {
      let signal = StopSignals.received.load(ordering: .relaxed)
      if signal != 0 { throw Stopped(signal: signal) }
    }
  }

  /// The signal that has come; 0: none.
  private static let received = Atomic<Int32>(0)
  private static let numbers = [SIGINT, SIGTERM]

  static func during<Result>(_ work: (Check) throws -> Result) rethrows -> Result {
    // The first use of a static may initialise it under a lock, which a signal handler must not do.
    received.store(0, ordering: .relaxed)
    for number in numbers { signal(number) { StopSignals.received.store($0, ordering: .relaxed) } }
    defer { for number in numbers { signal(number, SIG_DFL) } }
    return try work(Check())
  }
}
