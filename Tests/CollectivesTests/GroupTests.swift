import Collectives
import Fabrics
import TestSupport
import Testing

@Suite(.serialized) struct GroupTests {
  /// On one host, on hosts of one and of two ranks, in time and late.
  @Test(arguments: 1...6, [[9], [1], [2]]) func passTheExercises(worldSize: Int, hosts: [Int]) throws {
    let results = try runRanksAsThreads(worldSize: worldSize) { fabric in
      try GroupExercises(HostsFabric(fabric, hosts: hosts)).runAll()
      try GroupExercises(HostsFabric(FaultyFabric(fabric, seed: 3), hosts: hosts)).mailboxesBesideCollectives()
      try fabric.finalize()
    }
    for result in results { try result.get() }
  }

  /// Ranks 1 to 3 are a group, in which rank 3 does not come: who waits names it as the job knows it.
  @Test func messagesNameRanksAsTheJobDoes() throws {
    let results = try runRanksAsThreads(worldSize: 4) { fabric -> RanksLost? in
      let group = try fabric.group(fabric.rank == 0 ? [0] : [1, 2, 3])
      guard fabric.rank > 0 else { return nil }
      let communicator = try Communicator(fabric: group, timeout: .milliseconds(200), sharesMemory: false)
      try communicator.barrier()
      if fabric.rank == 3 {
        let alarm = try group.waitUntilFinished(timeout: .seconds(10)) {
          try group.senderOfMessage(tag: 1) == nil ? .idle : .finished
        }
        try require(alarm, "nobody gave up")
        return nil
      }
      return try requireThrows(RanksLost.self) { try communicator.barrier() }
    }
    let lost = try results[1...2].compactMap { try $0.get() }
    try #require(lost.count == 2)
    #expect(lost.map(\.rank) == [1, 2] && lost.allSatisfy { $0.silent == [3] }, "\(lost)")
    #expect(lost.contains { $0.peer == 3 }, "\(lost)")
    #expect(
      "\(lost[0])".contains("No answer from rank 3 of 3.") && "\(lost[0])".contains("\n  rank 2 on "), "\(lost[0])")
  }
}
