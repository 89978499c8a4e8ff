import Fabrics
import Platform

/// What a rank waits for.
struct Missing {
  let peer: Int
  /// Where in the collective.
  let place: String
  /// The collective; nil for the last one that was begun.
  var heading: Heading?
}

extension Communicator {
  /// Calls `poll` until it has finished. Where nothing moves for long, looks for what may be wrong, and after `timeout`
  /// throws `RanksLost`. Every movement starts the clock anew: slow is not lost. Nor is
  /// time counted in which this process did not run.
  ///
  /// - Parameter missing: nil where no single peer can be named.
  func wait(for missing: () -> Missing?, until poll: () throws -> Poll) throws {
    var idlePolls = 0
    var idleSince = RunningClock.now
    var nextLook = LongWait.firstLook
    while true {
      switch try poll() {
      case .finished:
        if nextLook != LongWait.firstLook { noteMovement() }
        return
      case .moved:
        if nextLook != LongWait.firstLook { noteMovement() }
        (idlePolls, nextLook) = (0, LongWait.firstLook)
      case .idle:
        idlePolls += 1
        if idlePolls == 1 { idleSince = RunningClock.now }
        let waited = RunningClock.now - idleSince
        if waited > min(nextLook, timeout) {
          if try lookAround(waited: waited, missing: missing()) == .beginAnew {
            (idlePolls, nextLook) = (0, LongWait.firstLook)
          } else {
            nextLook = waited + LongWait.lookEvery
          }
        }
        fabric.idle(afterPolls: idlePolls)
      }
    }
  }
}

enum LongWait {
  /// What whoever looks around does then.
  enum Decision {
    case wait
    /// As if something had moved: all ranks are there.
    case beginAnew
  }

  /// Shorter waits are not worth a word.
  static let firstLook = Duration.milliseconds(100)
  static let lookEvery = Duration.milliseconds(100)
}
