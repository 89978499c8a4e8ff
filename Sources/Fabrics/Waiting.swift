import Glibc
import Platform

/// What one poll found.
public enum Poll: Sendable {
  /// All that was waited for has happened.
  case finished
  /// Something has happened; go on polling.
  case moved
  /// Nothing has happened since the last poll.
  case idle
}

extension Fabric {
  /// Calls `poll` until it is finished (true) or until nothing has moved for `timeout` (false). Slow is not lost:
  /// every movement starts the clock anew, and time in which this process did not run does not count.
  public func waitUntilFinished(timeout: Duration, _ poll: () throws -> Poll) rethrows -> Bool {
    var idlePolls = 0
    var idleSince = RunningClock.now
    while true {
      switch try poll() {
      case .finished: return true
      case .moved: idlePolls = 0
      case .idle:
        idlePolls += 1
        if idlePolls == 1 {
          idleSince = RunningClock.now
        } else if RunningClock.now - idleSince > timeout {
          return false
        }
        idle(afterPolls: idlePolls)
      }
    }
  }

  /// Waits for all `transfers`; throws `FabricError.timedOut`, naming one peer that is missing, when nothing has moved
  /// for `timeout`. `what` completes the sentence "rank 1 waited 5 s for rank 0 in vain: ...".
  public func wait(for transfers: [Transfer], timeout: Duration, what: @autoclosure () -> String) throws {
    var pending = transfers
    let finished = try waitUntilFinished(timeout: timeout) {
      let before = pending.count
      try pending.removeAll { try isFinished($0) }
      return pending.isEmpty ? .finished : pending.count < before ? .moved : .idle
    }
    if !finished {
      throw FabricError.timedOut(
        rank: jobRank, peer: jobRanks[pending[0].peer], what: what(), seconds: timeout.seconds)
    }
  }

  /// Polls again at once a few times, since an answer is often microseconds away; then offers the processor to others
  /// at every poll, since ranks may be more than processors and the peer that we wait for may need ours; then sleeps,
  /// so that a long wait costs nothing.
  public func idle(afterPolls polls: Int) {
    switch polls {
    case ...20: break
    case ...2_000: sched_yield()
    default: usleep(polls < 4_000 ? 50 : 500)
    }
  }
}

extension Duration {
  /// The duration as a number, for messages and reports.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// This host's name as the kernel has it, for messages.
package func currentHostName() -> String {
  var name = [CChar](repeating: 0, count: 256)
  guard gethostname(&name, name.count - 1) == 0 else { return "unknown host" }
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
