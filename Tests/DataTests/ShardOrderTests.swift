import Data
import Testing

@Suite struct ShardOrderTests {
  private func samples(_ sizes: [Int], window: Int, seed: UInt64 = 3, epoch: Int = 0) -> [Int] {
    let order = ShardOrder(shardSizes: sizes, window: window, seed: seed, epoch: epoch)
    return (0..<order.count).map { order[$0] }
  }

  @Test(arguments: [
    [], [0], [1], [0, 0, 2], [5], [1, 1, 1, 1], [3, 0, 7, 1, 0], [10, 10, 10], [1, 100, 2, 50, 33],
    Array(repeating: 7, count: 40), [1000, 1],
  ])
  func everySampleOnce(sizes: [Int]) {
    let count = sizes.reduce(0, +)
    for window in [1, 2, 7, 16, 64, 1 << 20] {
      for epoch in 0..<3 {
        #expect(samples(sizes, window: window, epoch: epoch).sorted() == Array(0..<count), "\(sizes), window \(window)")
      }
    }
  }

  /// A window takes the samples of neighbouring shards of the random row and of no other.
  @Test func windowsAreLocal() {
    let sizes = (0..<50).map { 10 + $0 % 7 }
    let starts = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let order = samples(sizes, window: 40)
    var row: [Int] = []
    for start in stride(from: 0, to: order.count, by: 40) {
      let window = order[start..<min(start + 40, order.count)]
      let shards = Set(window.map { sample in starts.lastIndex { $0 <= sample } ?? -1 })
      #expect(shards.count <= 6, "\(shards.count) shards in the window from \(start)")
      row += window.sorted { $0 < $1 }
    }
    // With windows of one sample the row itself shows: each shard from end to end, in another order than stored.
    let plain = samples(sizes, window: 1)
    #expect(plain != Array(0..<order.count))
    let jumps = zip(plain, plain.dropFirst()).filter { $1 != $0 + 1 }
    #expect(jumps.count <= 49 && jumps.count > 40)
    #expect(jumps.allSatisfy { starts.contains($0 + 1) && starts.contains($1) })
    // A larger window only changes the order within it.
    for start in stride(from: 0, to: order.count, by: 40) {
      let end = min(start + 40, order.count)
      #expect(order[start..<end].sorted() == plain[start..<end].sorted())
      #expect(Array(order[start..<end]) != Array(plain[start..<end]))
    }
  }

  @Test func isAFunctionOfSeedAndEpoch() {
    let sizes = [30, 40, 50, 60]
    #expect(samples(sizes, window: 16) == samples(sizes, window: 16))
    var seen: Set<[Int]> = []
    for seed in 0..<3 {
      for epoch in 0..<4 { seen.insert(samples(sizes, window: 16, seed: UInt64(seed), epoch: epoch)) }
    }
    #expect(seen.count == 12)
  }

  /// No two windows of a size are shuffled alike.
  @Test func windowsDiffer() {
    let order = samples([6400], window: 64)
    let shapes = Set(stride(from: 0, to: 6400, by: 64).map { start in order[start..<(start + 64)].map { $0 - start } })
    #expect(shapes.count == 100)
  }

  /// A value that must never change: a checkpoint in the middle of an epoch relies on it.
  @Test func knownOrder() {
    #expect(samples([3, 5, 2], window: 4, seed: 1, epoch: 1) == [8, 9, 0, 1, 2, 4, 3, 5, 7, 6])
  }

  @Test func costsLittleAnywhere() {
    let order = ShardOrder(shardSizes: Array(repeating: 1251, count: 1024), window: 16_384, seed: 1, epoch: 7)
    let clock = ContinuousClock()
    var sum = 0
    let time = clock.measure {
      for position in stride(from: 0, to: order.count, by: 100) { sum &+= order[position] }
    }
    #expect(sum > 0 && time < .seconds(1), "\(time) for 12,811 samples")
  }

  @Test func theOrderOfARunIsTheDataSets() {
    func order(_ sizes: [Int]?, _ epoch: Int) -> [Int] {
      let order = TrainingOrder(count: 40, shardSizes: sizes, window: 8, seed: 3)[epoch]
      return (0..<40).map { order[$0] }
    }
    #expect(order([15, 25], 2) == samples([15, 25], window: 8, epoch: 2))
    let whole = EpochOrder(count: 40, seed: 3, epoch: 2)
    #expect(order(nil, 2) == (0..<40).map { whole[$0] })
    let remembering = TrainingOrder(count: 40, shardSizes: [15, 25], window: 8, seed: 3)
    for epoch in [0, 0, 1, 0, 2, 2] {
      #expect((0..<40).map { remembering[epoch][$0] } == samples([15, 25], window: 8, epoch: epoch))
    }
  }
}
