import Fabrics

extension Communicator {
  /// Calls `poll` until it has finished. Where nothing moves for long, looks for what may be wrong, and after `timeout`
  /// throws `RanksLost`. Every movement starts the clock anew: slow is not lost.
  ///
  /// - Parameter missing: the peer that is waited for, and where in the collective.
  func wait(
    for missing: () -> (peer: Int, place: String)?, until poll: () throws -> Poll
  ) throws {
    var idlePolls = 0
    var idleSince = ContinuousClock.now
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
        if idlePolls == 1 { idleSince = .now }
        let waited = ContinuousClock.now - idleSince
        if waited > min(nextLook, timeout) {
          try lookAround(waited: waited, missing: missing())
          nextLook = waited + LongWait.lookEvery
        }
        fabric.idle(afterPolls: idlePolls)
      }
    }
  }
}

enum LongWait {
  /// Shorter waits are not worth a word.
  static let firstLook = Duration.milliseconds(100)
  static let lookEvery = Duration.milliseconds(100)
}
