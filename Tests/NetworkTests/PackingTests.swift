import Network
import TestSupport
import Testing

@Suite struct PackingTests {
  @Test func knownCases() {
    #expect(packIntervals([]).bytes == 0)
    // One after the other: they share.
    let sequence = packIntervals([
      .init(bytes: 100, firstStep: 0, lastStep: 1), .init(bytes: 60, firstStep: 2, lastStep: 3),
    ])
    #expect(sequence.offsets == [0, 0])
    #expect(sequence.bytes == 128)
    // Steps are included at both ends.
    let touching = packIntervals([
      .init(bytes: 64, firstStep: 0, lastStep: 2), .init(bytes: 64, firstStep: 2, lastStep: 3),
    ])
    #expect(touching.offsets == [0, 64])
    // A gap that a third leaves is used.
    let gap = packIntervals([
      .init(bytes: 256, firstStep: 0, lastStep: 9), .init(bytes: 192, firstStep: 0, lastStep: 1),
      .init(bytes: 128, firstStep: 0, lastStep: 9), .init(bytes: 64, firstStep: 2, lastStep: 3),
    ])
    #expect(gap.offsets == [0, 256, 448, 256])
    #expect(gap.bytes == 576)
    // Nothing needs no place.
    #expect(packIntervals([.init(bytes: 0, firstStep: 0, lastStep: 9)]).bytes == 0)
  }

  @Test(arguments: UInt64(0)..<200) func neverOverlaps(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let steps = random.integer(in: 1..<20)
    let intervals = (0..<random.integer(in: 1..<40)).map { _ in
      let first = random.integer(in: 0..<steps)
      return Interval(
        bytes: random.integer(in: 0..<1000), firstStep: first, lastStep: random.integer(in: first..<steps))
    }
    let packed = packIntervals(intervals)
    for a in intervals.indices {
      #expect(packed.offsets[a] % 64 == 0)
      #expect(packed.offsets[a] + intervals[a].bytes <= packed.bytes)
      for b in 0..<a
      where intervals[a].firstStep <= intervals[b].lastStep && intervals[b].firstStep <= intervals[a].lastStep {
        let (startA, endA) = (packed.offsets[a], packed.offsets[a] + intervals[a].bytes)
        let (startB, endB) = (packed.offsets[b], packed.offsets[b] + intervals[b].bytes)
        #expect(endA <= startB || endB <= startA, "\(intervals[a]) and \(intervals[b])")
      }
    }
    // No packing needs less than what lives at one step, and a sane one not more than everything side by side.
    let peak = (0..<steps).map { step in
      intervals.reduce(0) { $0 + ($1.firstStep <= step && step <= $1.lastStep ? $1.bytes : 0) }
    }
    #expect(packed.bytes >= peak.max()!)
    #expect(packed.bytes <= intervals.reduce(0) { $0 + $1.bytes + 63 } + 63)
  }
}
