import Data
import Testing

@Suite struct EpochOrderTests {
  @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 17, 31, 97, 100, 101, 1000, 4099, 65_536, 65_537])
  func isAPermutation(count: Int) {
    for epoch in 0..<3 {
      let order = EpochOrder(count: count, seed: 11, epoch: epoch)
      let seen = Set((0..<count).map { order[$0] })
      #expect(seen.count == count)
      #expect(seen.allSatisfy { (0..<count).contains($0) })
    }
  }

  @Test func isAFunctionOfSeedAndEpoch() {
    func order(_ seed: UInt64, _ epoch: Int) -> [Int] {
      let order = EpochOrder(count: 500, seed: seed, epoch: epoch)
      return (0..<500).map { order[$0] }
    }
    #expect(order(1, 0) == order(1, 0))
    #expect(order(1, 0) != order(1, 1))
    #expect(order(1, 0) != order(2, 0))
    #expect(order(1, 0) != order(1 + 1 << 40, 0))
  }

  /// A value that must never change: a checkpoint in the middle of an epoch relies on it.
  @Test func knownOrder() {
    let order = EpochOrder(count: 10, seed: 1, epoch: 0)
    #expect((0..<10).map { order[$0] } == [2, 1, 3, 0, 7, 5, 6, 8, 9, 4])
  }

  /// All 120 orders of five samples occur, about equally often: chi-square with 119 degrees of freedom, whose mean is
  /// 119 and standard deviation 15.4.
  @Test func smallOrdersAreUniform() {
    var occurrences: [[Int]: Int] = [:]
    let epochs = 24_000
    for epoch in 0..<epochs {
      let order = EpochOrder(count: 5, seed: 3, epoch: epoch)
      occurrences[(0..<5).map { order[$0] }, default: 0] += 1
    }
    let expected = Double(epochs) / 120
    let chiSquare = occurrences.values.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect(occurrences.count == 120)
    #expect(chiSquare < 119 + 5 * 15.4)
  }

  /// Sample against position in a 16x16 grid, differences of neighbours and fixed points: all as chance would have
  /// them.
  @Test(arguments: [1600, 4001, 10_007])
  func looksShuffled(count: Int) {
    let order = EpochOrder(count: count, seed: 5, epoch: 2)
    let samples = (0..<count).map { order[$0] }
    var cells = [Double](repeating: 0, count: 256)
    var ascents = 0
    var neighbours = 0
    for position in 0..<count {
      cells[position * 16 / count * 16 + samples[position] * 16 / count] += 1
      if position > 0 {
        ascents += samples[position] > samples[position - 1] ? 1 : 0
        neighbours += abs(samples[position] - samples[position - 1]) == 1 ? 1 : 0
      }
    }
    let expected = Double(count) / 256
    let chiSquare = cells.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    // 225 degrees of freedom: standard deviation 21.2.
    #expect(chiSquare > 225 - 5 * 21.2 && chiSquare < 225 + 5 * 21.2)
    // Ascents of a random permutation: mean (n - 1) / 2, variance (n + 1) / 12.
    #expect(abs(Double(ascents) - Double(count - 1) / 2) < 5 * (Double(count + 1) / 12).squareRoot())
    // Neighbours stay neighbours twice on average, as a Poisson variable.
    #expect(neighbours <= 12)
    #expect((0..<count).filter { samples[$0] == $0 }.count <= 9)
  }
}
