import Fabrics
import Glibc
import Platform

// What a rank does when it cannot go on for the others' sake: it tells them, and asks what they know.
extension Communicator {
  func giveUp(_ reason: RanksLost.Reason, _ waited: Duration, _ missing: Missing?) -> RanksLost {
    ask(reason, waited, missing).lost
  }

  /// Throws, unless every rank answers and all go on.
  func goOnOrGiveUp(
    _ reason: RanksLost.Reason, _ waited: Duration, _ missing: Missing?
  ) throws -> LongWait.Decision {
    let (lost, report) = ask(reason, waited, missing)
    guard !hasGoneOn, report.allWaitAlike, allGoOn() else { throw lost }
    hasGoneOn = true
    goesOn()
    return .beginAnew
  }

  /// Tells the others that this rank cannot go on for their sake, and collects what they know.
  private func ask(
    _ reason: RanksLost.Reason, _ waited: Duration, _ missing: Missing?
  ) -> (lost: RanksLost, report: StallReport) {
    let place = missing.map { ", \($0.place)" } ?? ""
    let run = record.pointee.step < 0 ? "" : "; step \(record.pointee.step + 1), \(record.pointee.phase)"
    let lost = RanksLost(
      rank: jobRank, peer: missing.map { jobRanks[$0.peer] }, seconds: waited.seconds,
      what: "\(record.pointee.awaited)\(place)\(run)",
      reason: reason, silent: [], report: nil)
    let answers = Answers(record.pointee, jobRanks: jobRanks, neighbour: neighbourSign)
    givesUp { [rank] in "\(lost.adding(answers.report, of: rank))" }
    // Whose time is up waits for ranks that the launcher has had time to miss.
    askAround(answers, anyoneMayBeDead: reason != .timedOut)
    return (lost.adding(answers.report, of: rank), answers.report)
  }

  /// Whether all ranks tell each other soon that they go on. One that has not heard of all of them gives up, and tells nobody:
  /// so nobody goes on with less than all.
  private func allGoOn() -> Bool {
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let others = (0..<worldSize).filter { $0 != rank }
    let transfers = others.compactMap { other -> [Transfer]? in
      guard
        let send = try? fabric.startSend(UnsafeRawBufferPointer(nothing), to: other, tag: MessageTags.patience),
        let receive = try? fabric.startReceive(into: nothing, from: other, tag: MessageTags.patience)
      else { return nil }
      return [send, receive]
    }
    guard transfers.count == others.count else { return false }
    return (try? fabric.wait(for: transfers.flatMap(\.self), timeout: Self.agreement, what: "all to go on")) != nil
  }

  /// Throws when a peer is in another collective than this rank.
  func requireEqual(_ mine: Heading, _ theirs: Heading, of peer: Int) throws {
    guard mine != theirs else { return }
    try tellingOfMismatch { throw CollectiveMismatch(over: fabric, mine, peer: peer, theirs) }
  }

  /// Does `body`; where it finds that ranks are in different collectives, tells the others, who would wait in vain.
  func tellingOfMismatch<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let mismatch as CollectiveMismatch {
      record.pointee.peer = Int32(jobRanks.firstIndex(of: mismatch.peer) ?? -1)
      record.pointee.activity = .differing
      let answers = Answers(record.pointee, jobRanks: jobRanks, neighbour: neighbourSign)
      givesUp { [rank] in "\(mismatch.adding(answers.report, of: rank))" }
      askAround(answers, anyoneMayBeDead: false)
      throw mismatch.adding(answers.report, of: rank)
    }
  }

  /// What can be seen of a rank of this host that does not answer.
  private var neighbourSign: (Int) -> StallReport.Sign {
    { [self] rank in
      guard let seen = neighbourRecord(of: rank), let state = processState(of: rank) else { return .nothing }
      return .seen(seen, state)
    }
  }

  /// Sends the ranks this one's record, which tells those that wait to give up too, and collects theirs for a while.
  ///
  /// Open MPI ends a process that sends to one that has died. So where that may have happened, a rank that somebody waits
  /// for, and that has not answered itself, is told last, when all else is known.
  private func askAround(_ answers: Answers, anyoneMayBeDead: Bool) {
    let own = UnsafeMutablePointer<RankRecord>.allocate(capacity: 1)
    own.initialize(to: record.pointee)
    let bytes = UnsafeRawBufferPointer(start: own, count: MemoryLayout<RankRecord>.size)
    let start = RunningClock.now
    var deadline = start + Self.grace
    var isHurried = false
    var untold = (1..<max(1, worldSize)).map { (rank + $0) % worldSize }
    var sent: [Transfer] = []
    // Errors are no news here: what could be learned has been, and the memory stays, since messages are under way over it.
    repeat {
      if !isHurried, jobIsEnding() {
        isHurried = true
        deadline = min(deadline, RunningClock.now + Self.lastWords)
      }
      while collect(answers) {}
      let mayTell = !anyoneMayBeDead || !isHurried && RunningClock.now - start > Self.grace / 2
      let suspects = mayTell ? [] : answers.suspects
      if let next = untold.firstIndex(where: { !suspects.contains($0) }) {
        let peer = untold.remove(at: next)
        if let transfer = try? fabric.startSend(bytes, to: peer, tag: MessageTags.alarm) { sent.append(transfer) }
        continue
      }
      // Messages move only while somebody asks about them.
      sent.removeAll { (try? fabric.isFinished($0)) ?? true }
      usleep(1000)
    } while !(untold.isEmpty && sent.isEmpty && answers.areComplete) && RunningClock.now < deadline
  }

  /// True when there was one.
  private func collect(_ answers: Answers) -> Bool {
    guard let sender = try? fabric.senderOfMessage(tag: MessageTags.alarm) else { return false }
    let place = UnsafeMutablePointer<RankRecord>.allocate(capacity: 1)
    let memory = UnsafeMutableRawBufferPointer(start: place, count: MemoryLayout<RankRecord>.size)
    guard let transfer = try? fabric.startReceive(into: memory, from: sender, tag: MessageTags.alarm),
      (try? fabric.wait(for: [transfer], timeout: .milliseconds(100), what: "an answer")) != nil
    else { return false }
    answers.note(place.pointee, of: sender)
    place.deallocate()
    return true
  }

  /// Everyone who waits looks around ten times a second.
  private static var grace: Duration { .milliseconds(700) }
  /// Ranks have heard of each other at nearly the same moment.
  private static var agreement: Duration { .milliseconds(700) }
  /// Of the last second, which begins with SIGTERM.
  private static var lastWords: Duration { .milliseconds(300) }
}
