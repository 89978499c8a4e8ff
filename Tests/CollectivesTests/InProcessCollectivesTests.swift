import Collectives
import Fabrics
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct InProcessCollectivesTests {
  /// On one host, on hosts of one and of two ranks, and on hosts of unequal numbers.
  @Test(arguments: 1...9, [[9], [1], [2], [1, 3]]) func passTheExercises(worldSize: Int, hosts: [Int]) throws {
    let results = try runRanksAsThreads(worldSize: worldSize) { fabric in
      try CollectiveExercises(HostsFabric(fabric, hosts: hosts)).runAll()
      try fabric.finalize()
    }
    for result in results { try result.get() }
  }

  /// The same bits whatever the timing: the exercises know the bits.
  @Test(arguments: [2, 3, 5], 0..<4 as Range<UInt64>)
  func timingDoesNotMatter(worldSize: Int, seed: UInt64) throws {
    let results = try runRanksAsThreads(worldSize: worldSize) { fabric in
      let exercises = CollectiveExercises(HostsFabric(FaultyFabric(fabric, seed: seed), hosts: [2]))
      for algorithm in AllReduceAlgorithm.promised {
        try exercises.allReduce(algorithm, .f32, lengths: Array(0...40), pieceElements: 3)
        try exercises.allReduce(algorithm, .bf16, lengths: [1003, 100_003], pieceElements: 5000)
        guard algorithm.hasHalves else { continue }
        try exercises.halves(algorithm, .f32, lengths: Array(0...40), pieceElements: 3)
        try exercises.halves(algorithm, .bf16, lengths: [1003, 100_003], pieceElements: 5000)
      }
      try exercises.broadcast()
      try exercises.allGather()
      try exercises.moments()
      try exercises.statisticsDuringAllReduce()
    }
    for result in results { try result.get() }
  }

  /// Two hundred runs of each algorithm, each with other delays: the exercise knows the bits.
  @Test(arguments: AllReduceAlgorithm.promised) func twoHundredRunsGiveTheSameBits(algorithm: AllReduceAlgorithm) throws
  {
    for seed in 0..<200 as Range<UInt64> {
      let results = try runRanksAsThreads(worldSize: 2 + Int(seed % 4)) { fabric in
        let late = HostsFabric(FaultyFabric(fabric, seed: 1000 + seed, maximumDelay: 6), hosts: [Int(1 + seed % 3)])
        try CollectiveExercises(late).allReduce(
          algorithm, seed % 2 == 0 ? .f32 : .bf16, lengths: [5, 64, 333], pieceElements: 50)
      }
      for result in results { try result.get() }
    }
  }

  /// A rank that gathers where the others scatter is told, on one host and on two.
  @Test(arguments: [[2], [1]], AllReduceAlgorithm.promised.filter(\.hasHalves))
  func halvesAreNotMistakenForEachOther(hosts: [Int], algorithm: AllReduceAlgorithm) throws {
    let results = try runRanksAsThreads(worldSize: 2) { fabric in
      let communicator = try Communicator(fabric: HostsFabric(fabric, hosts: hosts), timeout: .seconds(5))
      let buffer = try sharedValues(count: 100, communicator)
      let pending =
        fabric.rank == 0
        ? try communicator.startReduceScatter(buffer, label: "same", algorithm: algorithm)
        : try communicator.startAllGather(buffer, label: "same", algorithm: algorithm)
      try communicator.finish(pending)
    }
    let mismatches = results.compactMap { result in
      if case .failure(let mismatch as CollectiveMismatch) = result { mismatch } else { nil }
    }
    let told = "\(try #require(mismatches.first))"
    #expect(told.contains("reduce-scatter 'same'") && told.contains("all-gather of segments 'same'"), "\(told)")
  }

  @Test func oneRankKeepsItsBits() throws {
    let results = try runRanksAsThreads(worldSize: 1) { fabric in
      let communicator = try Communicator(fabric: fabric, timeout: .seconds(5))
      var values: [Float] = [1.5, -0.0, .nan, .leastNonzeroMagnitude]
      let bits = values.map(\.bitPattern)
      try values.withUnsafeMutableBufferPointer { try communicator.allReduce($0, label: "alone") }
      return values.map(\.bitPattern) == bits
    }
    #expect(try results[0].get())
  }
}
