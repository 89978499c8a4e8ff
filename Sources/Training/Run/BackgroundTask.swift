import Dispatch
import Platform
import Synchronization

/// Work on a thread of its own, one piece after the other. Its owner starts a piece, looks now and then whether it is done,
/// and takes what it came to.
///
/// The thread is started at once, so that nothing can be missing when there is work, and ends with the task.
package final class BackgroundTask<Value: Sendable>: Sendable {
  private enum State {
    case idle
    case running
    case done(Value)
  }

  /// What the thread sees of the task.
  private final class Shared: Sendable {
    let state = Mutex(State.idle)
    let work = Mutex<(@Sendable () -> Value)?>(nil)
    let hasWork = DispatchSemaphore(value: 0)
    let hasEnded = DispatchSemaphore(value: 0)

    func run() {
      while true {
        hasWork.wait()
        guard let work = work.withLock(\.self) else { return }
        let value = work()
        self.work.withLock { $0 = nil }
        state.withLock { $0 = .done(value) }
        hasEnded.signal()
      }
    }
  }

  private let shared = Shared()
  private var hasEnded: DispatchSemaphore { shared.hasEnded }

  /// - Parameter purpose: completes "no thread could be started for".
  package init(for purpose: String) throws(SystemLimitReached) {
    try startThread(for: purpose) { [shared] in shared.run() }
  }

  /// A piece that is under way goes on.
  deinit { shared.hasWork.signal() }

  /// Whether a piece has been started whose outcome has not been taken.
  package var isBusy: Bool {
    shared.state.withLock { if case .idle = $0 { false } else { true } }
  }

  /// Whether a piece has ended whose outcome has not been taken.
  package var isDone: Bool {
    shared.state.withLock { if case .done = $0 { true } else { false } }
  }

  /// Returns when the piece has ended, or after so many seconds.
  package func wait(atMost seconds: Double) {
    guard isBusy, hasEnded.wait(timeout: .now() + seconds) == .success else { return }
    hasEnded.signal()
  }

  /// Traps while another piece is under way.
  package func start(_ work: @escaping @Sendable () -> Value) {
    precondition(!isBusy, "one piece of work at a time")
    shared.state.withLock { $0 = .running }
    shared.work.withLock { $0 = work }
    shared.hasWork.signal()
  }

  /// What the piece came to; nil while none is done. Waits for at most `seconds`, if one is under way.
  package func take(waiting seconds: Double = 0) -> Value? {
    guard isBusy, hasEnded.wait(timeout: .now() + seconds) == .success else { return nil }
    return shared.state.withLock { state in
      guard case .done(let value) = state else { return nil }
      state = .idle
      return value
    }
  }
}
