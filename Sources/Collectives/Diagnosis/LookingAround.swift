import Fabrics
import Glibc

// What a rank does when it has waited for longer than usual.
extension Communicator {
  /// Notes that this rank waits, and throws `RanksLost` when the peer's process has ended, when another rank has given up,
  /// when the launcher ends the job, or when the timeout has passed. Before that, all ranks that wait tell each other what
  /// they know. Where it turns out that every rank is there and waits like this one, nobody is lost, and the wait begins anew:
  /// once, since ranks that wait for each other for ever are lost too.
  func lookAround(waited: Duration, missing: Missing?) throws -> LongWait.Decision {
    record.pointee.peer = Int32(missing?.peer ?? -1)
    record.pointee.awaited = missing?.heading ?? record.pointee.heading
    record.pointee.place = Label(missing?.place ?? "")
    record.pointee.since = waited.seconds
    record.pointee.activity = .waiting
    try requireEqualHistories()
    if let peer = missing?.peer, let state = processState(of: peer), state == .ended {
      throw giveUp(.processEnded, waited, missing)
    }
    if let other = try fabric.senderOfMessage(tag: MessageTags.alarm) {
      return try goOnOrGiveUp(.alarm(from: jobRanks[other]), waited, missing)
    }
    if jobIsEnding() { throw giveUp(.launcherEndsJob, waited, missing) }
    return waited > timeout ? try goOnOrGiveUp(.timedOut, waited, missing) : .wait
  }

  /// Throws when a rank of this host has begun another collective where this rank began its own. One of them may look into
  /// shared memory while the other waits for messages; then neither would ever see the other's heading.
  private func requireEqualHistories() throws {
    guard board != nil else { return }
    for peer in topology.neighbours(of: rank) where peer != rank {
      guard let theirs = neighbourRecord(of: peer),
        let sequence = theirs.history.firstDifference(from: record.pointee.history)
      else { continue }
      try tellingOfMismatch {
        throw CollectiveMismatch(
          over: fabric, record.pointee.awaited, peer: peer, theirs.heading, differentSince: sequence)
      }
    }
  }

  func noteMovement() {
    record.pointee.activity = .working
    hasGoneOn = false
  }

  /// Of a rank of this host that is another process.
  func processState(of peer: Int) -> ProcessState? {
    guard let neighbour = neighbourRecord(of: peer), neighbour.process != getpid() else { return nil }
    return ProcessState(of: neighbour.process)
  }

  func neighbourRecord(of peer: Int) -> RankRecord? {
    guard let board, let position = topology.neighbours(of: rank).firstIndex(of: peer) else { return nil }
    return board.record(of: position).pointee
  }
}
