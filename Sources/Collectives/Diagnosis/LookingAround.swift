import Fabrics
import Glibc

// What a rank does when it has waited for longer than usual.
extension Communicator {
  /// Notes that this rank waits, and throws `RanksLost` when the peer's process has ended, when another rank has given up,
  /// when the launcher ends the job, or when the timeout has passed. Before that, all ranks that wait tell each other what they know.
  func lookAround(waited: Duration, missing: (peer: Int, place: String)?) throws {
    record.pointee.peer = Int32(missing?.peer ?? -1)
    record.pointee.place = Label(missing?.place ?? "")
    record.pointee.since = waited.seconds
    record.pointee.activity = .waiting
    if let peer = missing?.peer, let state = processState(of: peer), state == .ended {
      throw giveUp(.processEnded, waited, missing)
    }
    if let other = try fabric.senderOfMessage(tag: MessageTags.alarm) {
      throw giveUp(.alarm(from: other), waited, missing)
    }
    if jobIsEnding() { throw giveUp(.launcherEndsJob, waited, missing) }
    if waited > timeout { throw giveUp(.timedOut, waited, missing) }
  }

  func noteMovement() { record.pointee.activity = .working }

  /// Of a rank of this host that is another process.
  private func processState(of peer: Int) -> ProcessState? {
    guard let neighbour = neighbourRecord(of: peer), neighbour.process != getpid() else { return nil }
    return ProcessState(of: neighbour.process)
  }

  private func neighbourRecord(of peer: Int) -> RankRecord? {
    guard let board, let position = topology.neighbours(of: rank).firstIndex(of: peer) else { return nil }
    return board.record(of: position).pointee
  }

  private func giveUp(
    _ reason: RanksLost.Reason, _ waited: Duration, _ missing: (peer: Int, place: String)?
  ) -> RanksLost {
    let place = missing.map { ", \($0.place)" } ?? ""
    let run = record.pointee.step < 0 ? "" : "; step \(record.pointee.step + 1), \(record.pointee.phase)"
    var lost = RanksLost(
      rank: rank, peer: missing?.peer, seconds: waited.seconds, what: "\(record.pointee.heading)\(place)\(run)",
      reason: reason, silent: [], report: nil)
    givesUp(lost)
    // To send to a process that has ended may take for ever.
    let leftOut = reason == .timedOut ? nil : missing?.peer
    let report = StallReport(
      signs: askAround(but: leftOut, for: reason == .launcherEndsJob ? Self.lastWords : Self.grace))
    lost.silent = report.silent
    // The lowest rank that answered speaks for all.
    if report.firstAnswer == rank { lost.report = report.text }
    return lost
  }

  /// Sends every rank this one's record, which tells those that wait to give up too, and collects theirs for a while.
  private func askAround(but leftOut: Int?, for patience: Duration) -> [StallReport.Sign] {
    let own = UnsafeMutablePointer<RankRecord>.allocate(capacity: 1)
    own.initialize(to: record.pointee)
    let bytes = UnsafeRawBufferPointer(start: own, count: MemoryLayout<RankRecord>.size)
    var answers = [RankRecord?](repeating: nil, count: worldSize)
    answers[rank] = own.pointee
    // Errors are no news here: what could be learned has been, and the memory stays, since messages are under way over it.
    for distance in 1..<max(1, worldSize) where (rank + distance) % worldSize != leftOut {
      _ = try? fabric.startSend(bytes, to: (rank + distance) % worldSize, tag: MessageTags.alarm)
    }
    let deadline = ContinuousClock.now + patience
    let place = UnsafeMutablePointer<RankRecord>.allocate(capacity: 1)
    while answers.contains(where: { $0 == nil }), .now < deadline {
      guard let sender = try? fabric.senderOfMessage(tag: MessageTags.alarm) else {
        usleep(1000)
        // Whoever makes progress only while it is polled must be polled.
        _ = try? advanceOperations()
        continue
      }
      let memory = UnsafeMutableRawBufferPointer(start: place, count: MemoryLayout<RankRecord>.size)
      guard let transfer = try? fabric.startReceive(into: memory, from: sender, tag: MessageTags.alarm),
        (try? fabric.wait(for: [transfer], timeout: .milliseconds(100), what: "an answer")) != nil
      else { break }
      answers[sender] = place.pointee
    }
    return answers.enumerated().map { rank, answer in
      if let answer { return .answered(answer) }
      if let seen = neighbourRecord(of: rank), let state = processState(of: rank) { return .seen(seen, state) }
      return .nothing
    }
  }

  /// Everyone who waits looks around ten times a second, and Open MPI leaves two seconds after a process has died.
  private static var grace: Duration { .seconds(1) }
  /// Of the last second, which begins with SIGTERM.
  private static var lastWords: Duration { .milliseconds(300) }
}
