import Collectives
import Fabrics
import Glibc
import Tensors
import TestSupport
import Testing

/// What ranks say and do when others do not come, or come with something else.
@Suite(.serialized) struct LostPeerTests {
  // MARK: Whom a rank waits for

  @Test func anAllReduceNamesItselfAndItsPeer() throws {
    let lost = try lostPeer { communicator in
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 30)
      values.initialize(repeating: 1)
      communicator.note(step: 6, phase: "backward pass")
      try communicator.allReduce(values, label: "bucket 4", algorithm: .ring)
    }
    #expect(lost.rank == 1 && lost.peer == 2 && lost.reason == .timedOut && lost.silent == [0, 2])
    #expect(
      lost.what == "all-reduce 'bucket 4' (collective 0, 30 elements, ring, f32), waiting for its first message; "
        + "step 7, backward pass")
    #expect((0.05..<0.5).contains(lost.seconds))
    #expect(
      "\(lost)".hasPrefix("rank 1 waited 0.1 s for rank 2 in vain: all-reduce 'bucket 4' (collective 0,"), "\(lost)")
    #expect("\(lost)".contains("No answer from ranks 0, 2 of 3."), "\(lost)")
  }

  @Test func exchangesNameThemselvesAndTheirPeer() throws {
    #expect(try lostPeer { try $0.barrier() }.what == "exchange 'barrier' (collective 0), until it comes")
    let agreement = try lostPeer { try $0.agree(on: Digest(of: ""), about: "nothing") }
    #expect(agreement.what == "all-gather 'agreement' (collective 0, 24 bytes), until it comes" && agreement.peer == 0)
  }

  /// Of three ranks, 0 and 2 are silent until rank 1 has given up; returns its error.
  private func lostPeer(_ body: @escaping @Sendable (Communicator) throws -> Void) throws -> RanksLost {
    let results = try runRanksAsThreads(worldSize: 3) { fabric -> RanksLost? in
      guard fabric.rank == 1 else {
        try awaitEnd(fabric, of: 1)
        return nil
      }
      let communicator = try Communicator(fabric: fabric, timeout: .milliseconds(50), sharesMemory: false)
      let lost = try requireThrows(RanksLost.self) { try body(communicator) }
      try tellEnd(fabric)
      return lost
    }
    return try #require(try results[1].get())
  }

  // MARK: One for all

  /// Rank 2 never comes. Rank 0 soon loses patience; the others, who would wait for long, leave with it.
  @Test(arguments: [[4], [1], [2]]) func whoGivesUpTellsTheOthers(hosts: [Int]) throws {
    let start = ContinuousClock.now
    let results = try runRanksAsThreads(worldSize: 4) { fabric -> RanksLost? in
      let hosted = HostsFabric(fabric, hosts: hosts)
      let communicator = try Communicator(
        fabric: hosted, timeout: fabric.rank == 0 ? .milliseconds(200) : .seconds(60))
      try communicator.barrier()
      if fabric.rank == 2 {
        for rank in [0, 1, 3] { try awaitEnd(fabric, of: rank) }
        return nil
      }
      let lost = try requireThrows(RanksLost.self) { try communicator.barrier() }
      try tellEnd(fabric, to: [2])
      return lost
    }
    let lost = try results.map { try $0.get() }
    #expect(lost[0]?.reason == .timedOut)
    for rank in [1, 3] {
      guard case .alarm = lost[rank]?.reason else {
        Issue.record("rank \(rank): \(String(describing: lost[rank]))")
        continue
      }
    }
    #expect([0, 1, 3].allSatisfy { lost[$0]?.silent == [2] })
    let reports = lost.compactMap { $0?.report }
    #expect(reports.count == 1 && lost[0]?.report?.hasPrefix("No answer from rank 2 of 4.") == true, "\(reports)")
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  /// What rank 1 sends to rank 2 is lost from some message on.
  @Test(arguments: [6, 7, 12, 20, 33]) func aBrokenLinkIsNoticedByAll(firstLost: Int) throws {
    let results = try runRanksAsThreads(worldSize: 3) { fabric -> RanksLost in
      let faulty = FaultyFabric(fabric, seed: 3) { peer, ordinal in
        fabric.rank == 1 && peer == 2 && ordinal >= firstLost
      }
      let communicator = try Communicator(fabric: faulty, timeout: .milliseconds(400), sharesMemory: false)
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1000)
      values.initialize(repeating: 1)
      return try requireThrows(RanksLost.self) {
        for round in 0..<100 {
          try communicator.allReduce(values, label: "round \(round)", algorithm: .ring)
          try communicator.barrier()
        }
      }
    }
    let lost = try results.map { try $0.get() }
    #expect(lost[2].peer == 1, "\(lost)")
    #expect(lost[2].silent == [1] && lost[1].silent == [] && lost[0].silent == [], "\(lost)")
  }

  // MARK: Nobody lost

  /// Messages of rank 1 come late, when all ranks have begun to ask each other: all answer, and go on.
  @Test(arguments: [2, 3, 5]) func whereAllAnswerNobodyIsLost(ranks: Int) throws {
    let results = try runRanksAsThreads(worldSize: ranks) { fabric -> Int in
      let late = LateFabric(fabric, by: fabric.rank == 1 ? .milliseconds(900) : .zero)
      let communicator = try Communicator(fabric: late, timeout: .milliseconds(600), sharesMemory: false)
      let wentOn = Counter()
      communicator.goesOn = { wentOn.count += 1 }
      for round in 1...3 { #expect(try communicator.sum([round])[0] == round * ranks) }
      return wentOn.count
    }
    #expect(try results.map { try $0.get() } == Array(repeating: 1, count: ranks))
  }

  /// Messages never come: once all have gone on in vain, they are lost.
  @Test func ranksThatWaitForEachOtherForEverAreLost() throws {
    let start = ContinuousClock.now
    let results = try runRanksAsThreads(worldSize: 3) { fabric -> RanksLost in
      let late = LateFabric(fabric, by: .seconds(1000))
      let communicator = try Communicator(fabric: late, timeout: .milliseconds(300), sharesMemory: false)
      return try requireThrows(RanksLost.self) { try communicator.barrier() }
    }
    let lost = try results.map { try $0.get() }
    #expect(lost.allSatisfy { $0.silent == [] }, "\(lost)")
    #expect(lost[0].report?.hasPrefix("All 3 ranks answered: each waits for another.") == true, "\(lost)")
    #expect(ContinuousClock.now - start > .milliseconds(600))
  }

  // MARK: Another collective

  /// All ranks end at once, though they would wait for longer, and no value is touched that must not be.
  @Test(
    arguments: MismatchExercise.Fault.allCases.filter { $0 != .early }, [[4], [1], [2]])
  func whoDoesSomethingElseIsNamed(_ fault: MismatchExercise.Fault, hosts: [Int]) throws {
    for seed in 0..<5 as Range<UInt64> {
      let culprit = Int(seed % 4)
      let start = ContinuousClock.now
      let results = try runRanksAsThreads(worldSize: 4) { fabric -> any Error in
        let hosted = HostsFabric(fabric, hosts: hosts)
        let communicator = try Communicator(fabric: hosted, timeout: .seconds(20))
        var exercise = try MismatchExercise(communicator, fault, culprit: culprit, seed: seed)
        do {
          try exercise.run { _ in }
        } catch let error where error is RanksLost || error is CollectiveMismatch {
          return error
        }
        throw ExerciseFailure("the fault was not noticed")
      }
      let errors = try results.map { try $0.get() }
      let mismatches = errors.compactMap { $0 as? CollectiveMismatch }
      #expect(mismatches.contains { $0.rank == culprit || $0.peer == culprit }, "seed \(seed): \(errors)")
      #expect(mismatches.allSatisfy { $0.mine != $0.theirs && $0.mine.contains("(collective ") })
      #expect(ContinuousClock.now - start < .seconds(10), "seed \(seed)")
    }
  }

  // MARK: The report

  private func record(_ rank: Int, _ change: (inout RankRecord) -> Void = { _ in }) -> RankRecord {
    var record = RankRecord(rank: rank, process: 100 + Int32(rank), host: "n\(rank)")
    change(&record)
    return record
  }

  @Test func aReportSaysWhatIsKnownOfEveryRank() {
    let waiting = record(0) {
      ($0.step, $0.phase, $0.activity) = (41, Label("forward pass"), .waiting)
      ($0.peer, $0.since, $0.place) = (2, 4.04, Label("until it comes"))
    }
    let report = StallReport(signs: [.answered(waiting), .seen(record(1), .stopped), .nothing])
    #expect(report.silent == [1, 2])
    #expect(
      report.text == """
        No answer from ranks 1, 2 of 3. Look there first; if they were only slow, raise collectives.timeout_seconds.
          rank 0 on n0: waiting for rank 2 for 4.0 s in exchange 'none yet' (collective 0), until it comes, step 42, \
        forward pass
          rank 1 on n1: no answer. Its process 101 is stopped (SIGSTOP); it last noted: at work after it began exchange \
        'none yet' (collective 0)
          rank 2: no answer. It is computing or reading data, stopped, gone, or cut off
        """)
  }

  @Test func aReportOfManyRanksShowsThoseThatMatter() {
    let signs = (0..<1000).map { $0 % 100 == 99 ? StallReport.Sign.nothing : .answered(record($0)) }
    let lines = StallReport(signs: signs).text.split(separator: "\n")
    #expect(lines.count == 66)
    #expect(lines[0].hasPrefix("No answer from ranks 99, 199, 299, 399, 499, 599, 699, 799 and 2 more of 1000."))
    #expect(lines.count { $0.contains("no answer") } == 10)
    #expect(lines[65] == "  and 936 more ranks that answered")
  }

  @Test func aReportTellsRanksThatDifferFromThoseThatWait() {
    let all = [record(0) { ($0.activity, $0.peer) = (.waiting, 1) }, record(1)].map(StallReport.Sign.answered)
    #expect(StallReport(signs: all).text.hasPrefix("All 2 ranks answered: each waits for another."))
    let differing = record(1) { ($0.activity, $0.peer) = (.differing, 0) }
    let text = StallReport(signs: [all[0], .answered(differing), .nothing]).text
    #expect(text.hasPrefix("The 3 ranks are not in the same collective. No answer from rank 2: computing, or gone.\n"))
    #expect(text.contains("rank 1 on n1: in exchange 'none yet' (collective 0), but rank 0 is in another collective"))
  }
}

/// A message without bytes, whose tag no collective uses.
private let endTag = 32_000
private var nothing: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: nil, count: 0) }

private func awaitEnd(_ fabric: any Fabric, of rank: Int) throws {
  let end = try fabric.startReceive(into: nothing, from: rank, tag: endTag)
  try fabric.wait(for: [end], timeout: .seconds(60), what: "the end of the test")
}

private func tellEnd(_ fabric: any Fabric, to ranks: [Int]? = nil) throws {
  for rank in ranks ?? (0..<fabric.worldSize).filter({ $0 != fabric.rank }) {
    _ = try fabric.startSend(UnsafeRawBufferPointer(nothing), to: rank, tag: endTag)
  }
}
