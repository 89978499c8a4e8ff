import Glibc
import Synchronization

/// A clock that stands still while this process does: stopped by SIGSTOP or Ctrl-Z, frozen with its container, asleep with
/// its machine. What has a deadline for others measures by it, since what this process did not see may well have happened.
///
/// A thread of its own looks at the time four times a second. Where much more time has passed between two looks, whoever
/// asks first, that thread or another, takes it for time in which the process did not run. A machine so crowded that the
/// thread waits for seconds is treated alike.
public enum RunningClock {
  private struct State {
    var isLookedAt = false
    var lastLook = Duration.zero
    /// In which the process did not run.
    var gaps = Duration.zero
  }

  private static let state = Mutex(State())
  private static let looksEvery = Duration.milliseconds(250)
  private static let longestLook = Duration.milliseconds(1500)

  /// From now on gaps are left out. Once per process; before, `now` is a plain clock.
  public static func start() throws(SystemLimitReached) {
    let isFirst = state.withLock { state in
      guard !state.isLookedAt else { return false }
      (state.isLookedAt, state.lastLook) = (true, wallTime)
      return true
    }
    guard isFirst else { return }
    do throws(SystemLimitReached) {
      try startThread(for: "the clock of this process", stackBytes: 256 << 10) {
        while true {
          look()
          usleep(useconds_t(looksEvery / .microseconds(1)))
        }
      }
    } catch {
      state.withLock { $0.isLookedAt = false }
      throw error
    }
  }

  /// Since some moment before this process began, without the time in which it did not run.
  public static var now: Duration {
    state.withLock { state in
      let time = wallTime
      if state.isLookedAt, time - state.lastLook > longestLook { noteGap(&state, time) }
      return time - state.gaps
    }
  }

  private static func look() {
    state.withLock { state in
      let time = wallTime
      if time - state.lastLook > longestLook { noteGap(&state, time) }
      state.lastLook = time
    }
  }

  private static func noteGap(_ state: inout State, _ time: Duration) {
    state.gaps += time - state.lastLook - looksEvery
    state.lastLook = time
  }

  /// CLOCK_BOOTTIME, which goes on while the machine sleeps.
  private static var wallTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
