import Fabrics
import TestSupport
import Testing

@Suite(.serialized) struct FaultyFabricTests {
  @Test(arguments: 0..<5 as Range<UInt64>) func lateIsStillRight(seed: UInt64) throws {
    let results = try runRanksAsThreads(worldSize: 3) { fabric in
      try FabricExercises(FaultyFabric(fabric, seed: seed)).runAll()
    }
    for result in results { try result.get() }
  }

  @Test func aLostMessageIsMissedByItsReceiverAlone() throws {
    let results = try runRanksAsThreads(worldSize: 2) { fabric in
      let faulty = FaultyFabric(fabric, seed: 1) { _, ordinal in fabric.rank == 1 && ordinal == 0 }
      let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 1)
      byte.initializeMemory(as: UInt8.self, repeating: 0)
      defer { byte.deallocate() }
      let transfer =
        fabric.rank == 0
        ? try faulty.startReceive(into: byte, from: 1, tag: 0)
        : try faulty.startSend(UnsafeRawBufferPointer(byte), to: 0, tag: 0)
      try faulty.wait(for: [transfer], timeout: .milliseconds(50), what: "a lost message")
    }
    #expect(throws: FabricError.timedOut(rank: 0, peer: 1, what: "a lost message", seconds: 0.05)) {
      try results[0].get()
    }
    #expect(throws: Never.self) { try results[1].get() }
  }
}
