import Fabrics
import TestSupport
import Testing

@Suite(.serialized) struct InProcessFabricTests {
  @Test(arguments: 1...9) func passesTheExercises(worldSize: Int) throws {
    let results = try runRanksAsThreads(worldSize: worldSize) { fabric in
      try FabricExercises(fabric).runAll()
      try FabricExercises(fabric).sizesMustMatch(sent: 9000, expected: 10)
      try fabric.finalize()
    }
    for result in results { try result.get() }
  }

  @Test func everyRankReturnsItsOwnResult() throws {
    let results = try runRanksAsThreads(worldSize: 5) { $0.rank * $0.rank }
    #expect(try results.map { try $0.get() } == [0, 1, 4, 9, 16])
  }

  @Test func aRankThatThrowsEndsTheOthers() throws {
    let results = try runRanksAsThreads(worldSize: 4) { fabric in
      if fabric.rank == 2 { throw ExerciseFailure("out of sorts") }
      try waitForWord(from: (fabric.rank + 1) % 4, fabric)
    }
    for (rank, result) in results.enumerated() {
      let error = #expect(throws: (any Error).self) { try result.get() }
      if rank == 2 {
        #expect(error is ExerciseFailure)
      } else {
        #expect(error as? FabricError == .aborted(rank: rank, by: 2, reason: "out of sorts"))
      }
    }
  }

  @Test func abortReachesAllAndLaterCallsToo() throws {
    let results = try runRanksAsThreads(worldSize: 3) { fabric in
      if fabric.rank == 1 { fabric.abort(status: 70) }
      let pending = #expect(throws: FabricError.self) { try waitForWord(from: 0, fabric) }
      let later = #expect(throws: FabricError.self) {
        _ = try fabric.startSend(UnsafeRawBufferPointer(start: nil, count: 0), to: 0, tag: 0)
      }
      return [pending, later]
    }
    for (rank, result) in results.enumerated() {
      let expected = FabricError.aborted(rank: rank, by: 1, reason: "exit status 70")
      #expect(try result.get() == [expected, expected])
    }
  }

  /// What a rank leaves behind when it throws belongs to nobody: its peer neither reads nor writes its memory.
  @Test func aRankMayFreeItsMemoryWhenItThrows() throws {
    let results = try runRanksAsThreads(worldSize: 2) { fabric in
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
      memory.initializeMemory(as: UInt8.self, repeating: UInt8(fabric.rank + 1))
      defer { memory.deallocate() }
      let half = memory.count / 2
      let peer = 1 - fabric.rank
      let receive = try fabric.startReceive(
        into: UnsafeMutableRawBufferPointer(rebasing: memory[half...]), from: peer, tag: 0)
      _ = try fabric.startSend(UnsafeRawBufferPointer(rebasing: memory[..<half]), to: peer, tag: 0)
      if fabric.rank == 0 { throw ExerciseFailure("gone") }
      try fabric.wait(for: [receive], timeout: .seconds(10), what: "what rank 0 sent")
    }
    #expect(throws: ExerciseFailure.self) { try results[0].get() }
  }

  @Test func theStackIsAsLargeAsAsked() throws {
    let results = try runRanksAsThreads(worldSize: 1, stackBytes: 32 << 20) { _ in depth(100_000) }
    #expect(try results[0].get() == 100_000)
  }
}

private func waitForWord(from peer: Int, _ fabric: any Fabric) throws {
  let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
  defer { byte.deallocate() }
  let receive = try fabric.startReceive(into: byte, from: peer, tag: 0)
  try fabric.wait(for: [receive], timeout: .seconds(10), what: "a word that never comes")
}

/// Needs some 100 bytes of stack for each level, more than 8 MB in all.
@inline(never) private func depth(_ levels: Int) -> Int {
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 100) { memory in
    memory.initialize(repeating: UInt8(truncatingIfNeeded: levels))
    return levels == 0 ? 0 : 1 + depth(levels - 1) + Int(memory[50]) - Int(UInt8(truncatingIfNeeded: levels))
  }
}
