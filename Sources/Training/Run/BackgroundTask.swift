import Foundation
import Synchronization

/// Work on a thread of its own, one piece after the other. Its owner starts a piece, looks now and then whether it is done,
/// and takes what it came to.
package final class BackgroundTask<Value: Sendable>: Sendable {
  private enum State {
    case idle
    case running
    case done(Value)
  }

  private let state = Mutex(State.idle)
  private let hasEnded = DispatchSemaphore(value: 0)

  package init() {}

  /// Whether a piece has been started whose outcome has not been taken.
  package var isBusy: Bool {
    state.withLock { if case .idle = $0 { false } else { true } }
  }

  /// Whether a piece has ended whose outcome has not been taken.
  package var isDone: Bool {
    state.withLock { if case .done = $0 { true } else { false } }
  }

  /// Returns when the piece has ended, or after so many seconds.
  package func wait(atMost seconds: Double) {
    guard isBusy, hasEnded.wait(timeout: .now() + seconds) == .success else { return }
    hasEnded.signal()
  }

  /// Traps while another piece is under way.
  package func start(_ work: @escaping @Sendable () -> Value) {
    precondition(!isBusy, "one piece of work at a time")
    state.withLock { $0 = .running }
    Thread.detachNewThread { [self] in
      let value = work()
      state.withLock { $0 = .done(value) }
      hasEnded.signal()
    }
  }

  /// What the piece came to; nil while none is done. Waits for at most `seconds`, if one is under way.
  package func take(waiting seconds: Double = 0) -> Value? {
    guard isBusy, hasEnded.wait(timeout: .now() + seconds) == .success else { return nil }
    return state.withLock { state in
      guard case .done(let value) = state else { return nil }
      state = .idle
      return value
    }
  }
}
