import Collectives
import Fabrics
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct InProcessCollectivesTests {
  @Test(arguments: 1...9) func passTheExercises(worldSize: Int) throws {
    let results = try runRanksAsThreads(worldSize: worldSize) { fabric in
      try CollectiveExercises(fabric).runAll()
      try fabric.finalize()
    }
    for result in results { try result.get() }
  }

  /// The same bits whatever the timing: the exercises know the bits.
  @Test(arguments: [2, 3, 5], 0..<4 as Range<UInt64>)
  func timingDoesNotMatter(worldSize: Int, seed: UInt64) throws {
    let results = try runRanksAsThreads(worldSize: worldSize) { fabric in
      let exercises = CollectiveExercises(FaultyFabric(fabric, seed: seed))
      try exercises.allReduce(lengths: Array(0...40), pieceElements: 3)
      try exercises.allReduce(lengths: [1003, 100_003], pieceElements: 5000)
      try exercises.broadcast()
      try exercises.allGather()
      try exercises.moments()
      try exercises.statisticsDuringAllReduce()
    }
    for result in results { try result.get() }
  }

  @Test func oneRankKeepsItsBits() throws {
    let results = try runRanksAsThreads(worldSize: 1) { fabric in
      let communicator = Communicator(fabric: fabric, timeout: .seconds(5))
      var values: [Float] = [1.5, -0.0, .nan, .leastNonzeroMagnitude]
      let bits = values.map(\.bitPattern)
      try values.withUnsafeMutableBufferPointer { try communicator.allReduce($0, label: "alone") }
      return values.map(\.bitPattern) == bits
    }
    #expect(try results[0].get())
  }
}

@Suite(.serialized) struct LostPeerTests {
  @Test func allReduceNamesItsLabelPhaseAndPeer() throws {
    try expect(
      "receiving in all-reduce 'bucket 4' (collective 0, 30 elements), lane 1 of 1, reduce-scatter phase 1 of 2",
      in: lostPeer { communicator in
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 30)
        values.initialize(repeating: 1)
        defer { values.deallocate() }
        try communicator.allReduce(values, label: "bucket 4")
      })
  }

  @Test func exchangesNameThemselvesAndTheirPeer() throws {
    try expect("receiving in barrier (collective 0)", in: lostPeer { try $0.barrier() })
    try expect(
      "receiving in agreement (collective 0)", in: lostPeer { try $0.agree(on: Digest(of: ""), about: "nothing") })
  }

  /// Of three ranks, 0 and 2 are silent until rank 1 has given up; returns rank 1's error.
  private func lostPeer(_ body: @escaping @Sendable (Communicator) throws -> Void) throws -> FabricError? {
    let results = try runRanksAsThreads(worldSize: 3) { fabric -> FabricError? in
      guard fabric.rank == 1 else {
        let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        let never = try fabric.startReceive(into: nothing, from: 1, tag: 9)
        try fabric.wait(for: [never], timeout: .seconds(10), what: "the end of the job")
        return nil
      }
      do {
        try body(Communicator(fabric: fabric, timeout: .milliseconds(50)))
      } catch let error as FabricError {
        fabric.abort(status: 71)
        return error
      }
      return nil
    }
    return try results[1].get()
  }

  private func expect(_ what: String, in error: FabricError?) {
    #expect(error == .timedOut(rank: 1, peer: 0, what: what, seconds: 0.05))
  }
}
