import Collectives
import Tensors

extension CollectiveExercises {
  /// Means around 10^4 with variance 1, where E[x²]−E[x]² has lost all its digits in f32 and half of them in f64; some
  /// ranks have no samples, and what their arrays hold must not matter.
  public func moments() throws {
    for emptyRanks in emptyRankSets {
      let ofRanks = ranks.map { emptyRanks.contains($0) ? [] : samples(rank: $0) }
      let merged = try mergedMoments(ofRanks[fabric.rank])
      let all = ofRanks.flatMap { $0 }
      let (means, squares) = all.isEmpty ? ([0, 0], [0, 0]) : exactMoments(all)
      try require(merged.count == all.count, "\(merged.count) values, not \(all.count)")
      for channel in 0..<2 {
        let meanError = abs(merged.means[channel] - means[channel])
        let squaresError = abs(merged.squares[channel] - squares[channel])
        try require(
          meanError <= 1e-11 && squaresError <= 1e-8 * squares[channel],
          "moments of channel \(channel) without ranks \(emptyRanks): off by \(meanError) and \(squaresError)")
      }
      try requireSameBits(merged.means + merged.squares)
    }
  }

  /// Added in rank order, starting with rank 0.
  public func sumsOfStatistics() throws {
    let values = ranks.map { rank in exerciseValues(rank: rank, count: 50, salt: 3).map { Double($0) / 3 } }
    var sums = values[fabric.rank]
    let statistics = StatisticsExchange(communicator: communicator())
    try sums.withUnsafeMutableBufferPointer { try statistics.sum($0) }
    for index in sums.indices {
      let expected = values.dropFirst().reduce(values[0][index]) { $0 + $1[index] }
      try require(sums[index].bitPattern == expected.bitPattern, "sum \(index) is \(sums[index]), not \(expected)")
    }
  }

  /// None, the first, every other, all but the last, all.
  private var emptyRankSets: [Set<Int>] {
    [[], [0], Set(ranks.filter { $0 % 2 == 1 }), Set(ranks.dropLast()), Set(ranks)]
  }

  /// `[sample][channel]`, of another length on every rank.
  private func samples(rank: Int) -> [[Double]] {
    var random = KeyedRandom(seed: 11, purpose: .testing, index: rank)
    return (0..<5 + 3 * rank).map { _ in [1e4 + random.normal(), -3 + 1e-3 * random.normal()] }
  }

  private func mergedMoments(_ samples: [[Double]]) throws -> (count: Int, means: [Double], squares: [Double]) {
    var (means, squares) = samples.isEmpty ? ([.nan, 7], [-1, .infinity]) : exactMoments(samples)
    var counts = [Double](repeating: Double(samples.count), count: 2)
    let statistics = StatisticsExchange(communicator: communicator())
    try counts.withUnsafeMutableBufferPointer { counts in
      try means.withUnsafeMutableBufferPointer { means in
        try squares.withUnsafeMutableBufferPointer { squares in
          try statistics.mergeMoments(counts: counts, means: means, squaredDeviations: squares)
        }
      }
    }
    return (Int(counts[0]), means, squares)
  }

  /// Two passes: the mean, then the deviations from it.
  private func exactMoments(_ samples: [[Double]]) -> (means: [Double], squares: [Double]) {
    let means = (0..<2).map { channel in samples.reduce(0) { $0 + $1[channel] } / Double(samples.count) }
    let squares = (0..<2).map { channel in
      samples.reduce(0) { $0 + ($1[channel] - means[channel]) * ($1[channel] - means[channel]) }
    }
    return (means, squares)
  }

  private func requireSameBits(_ values: [Double]) throws {
    let bytes = values.withUnsafeBytes { Array($0) }
    let all = try communicator().allGather(bytes)
    try require(all.allSatisfy { $0 == bytes }, "ranks have different bits")
  }
}
