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

  /// The ranks of a host in their order, then the hosts in a tree.
  public func sumsOfStatistics() throws {
    try sumsOfStatistics(.all, count: 50)
    // More than fits the memory that a host's ranks share for it.
    try sumsOfStatistics(.all, count: 40_000)
  }

  /// Each group for itself, beside the others.
  public func spans() throws {
    for span in [StatisticsSpan.node, .ranks(1), .ranks(2), .ranks(3), .ranks(100)] {
      for count in [1, 7, 300] { try sumsOfStatistics(span, count: count) }
    }
  }

  private func sumsOfStatistics(_ span: StatisticsSpan, count: Int) throws {
    let members = span.members(of: fabric.rank, hostOfRank: fabric.hostOfRank)
    let values = members.map { rank in exerciseValues(rank: rank, count: count, salt: 3).map { Double($0) / 3 } }
    var sums = values[members.firstIndex(of: fabric.rank)!]
    let communicator = try communicator()
    let statistics = StatisticsExchange(communicator: communicator, span: span)
    try sums.withUnsafeMutableBufferPointer { try statistics.sum($0) }
    let fits = 8 * count <= 256 << 10
    let hosts = fits ? Set(members.map { fabric.hostOfRank[$0] }).sorted() : members
    for index in sums.indices {
      let ofHosts = hosts.map { host in
        let here = members.indices.filter { fits ? fabric.hostOfRank[members[$0]] == host : members[$0] == host }
        return here.dropFirst().reduce(values[here[0]][index]) { $0 + values[$1][index] }
      }
      let expected = tree(ofHosts)
      try require(
        sums[index].bitPattern == expected.bitPattern,
        "rank \(fabric.rank), \(span): sum \(index) of \(count) is \(sums[index]), not \(expected)")
    }
  }

  /// Of the first numbers, as many pairs as leave a power of two; then neighbours, and so on.
  private func tree(_ numbers: [Double]) -> Double {
    var size = 1
    while 2 * size <= numbers.count { size *= 2 }
    let pairs = numbers.count - size
    var sums: [Double] = (0..<pairs).map { numbers[2 * $0] + numbers[2 * $0 + 1] }
    sums += numbers[(2 * pairs)...]
    while sums.count > 1 { sums = (0..<sums.count / 2).map { sums[2 * $0] + sums[2 * $0 + 1] } }
    return sums[0]
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
    let statistics = StatisticsExchange(communicator: try communicator())
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
