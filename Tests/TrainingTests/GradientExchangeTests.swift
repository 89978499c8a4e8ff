import Collectives
import Tensors
import TestSupport
import Testing
import Training

@Suite struct GradientExchangeTests {
  private static let layout = ArenaLayout([
    ("conv", .f32, [4, 3, 3, 3]), ("scale", .f32, [4]), ("shift", .f32, [4]), ("wide", .f32, [300]),
    ("fc.weight", .f32, [10, 4]), ("fc.bias", .f32, [10]),
  ])

  /// Every part ready on its own, the last first, two steps in a row: bit for bit what the plain twin gives.
  @Test(arguments: [1, 2, 3, 5], [1, 500, 1 << 20])
  func sumsEveryBucket(worldSize: Int, bucketBytes: Int) throws {
    let layout = Self.layout
    let plan = BucketPlan(layout, bucketBytes: bucketBytes)
    let count = layout.bytes / 4
    let sums = try onRanks(worldSize) { communicator in
      let arena = Arena(layout)
      let exchange = GradientExchange(plan, gradients: arena.floats, communicator: communicator)
      return try (0..<2).map { step in
        _ = arena.floats.update(from: exerciseValues(rank: communicator.rank, count: count, salt: step))
        for part in layout.parts.indices.reversed() { try exchange.send(ready: part..<part + 1) }
        #expect(try exchange.finish() >= 0)
        return Array(arena.floats)
      }
    }
    for step in 0..<2 {
      let values = (0..<worldSize).map { exerciseValues(rank: $0, count: count, salt: step) }
      for (index, bucket) in plan.buckets.enumerated() {
        // Private memory on one host: the values go round.
        let naive = NaiveAllReduce(values.map { Array($0[bucket.elements]) })
        let expected = naive.sums(.ring, hosts: [Array(0..<worldSize)], pieceElements: 1)
        for rank in 0..<worldSize {
          #expect(Array(sums[rank][step][bucket.elements]) == expected, "rank \(rank), step \(step), bucket \(index)")
        }
      }
    }
  }
}
