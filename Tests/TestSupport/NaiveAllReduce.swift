import Collectives

/// The plain twins of the all-reduces: everyone's values at hand, added up in the order that each algorithm documents.
/// Deliberately written without their plans.
public struct NaiveAllReduce {
  /// What the wire does to a value; values stay as they are by default.
  let wire: (Float) -> Float
  private let values: [[Float]]
  private var worldSize: Int { values.count }
  private var elements: Int { values[0].count }

  /// - Parameter values: of each rank, equally many.
  public init(_ values: [[Float]], wire: WireType = .f32) {
    self.values = values
    switch wire {
    case .f32: self.wire = { $0 }
    case .bf16: self.wire = { roundedToBF16($0) }
    }
  }

  /// - Parameters:
  ///   - hosts: the ranks of each host.
  ///   - pieceElements: matters to halving and doubling alone, which cuts every piece into parts.
  public func sums(_ algorithm: AllReduceAlgorithm, hosts: [[Int]], pieceElements: Int) -> [Float] {
    guard worldSize > 1 else { return values[0] }
    switch algorithm {
    case .ring: return ring(values)
    case .twoLevel: return twoLevels(hosts)
    case .recursiveDoubling: return (0..<elements).map { wire(tree(column($0))) }
    case .halvingDoubling: return halving(pieceElements)
    case .mpi: preconditionFailure("MPI promises no order")
    }
  }

  private func column(_ index: Int) -> [Float] { values.map { $0[index] } }

  /// The number of elements in each of `parts` parts that are as even as can be.
  private func evenCounts(_ elements: Int, _ parts: Int) -> [Int] {
    (0..<parts).map { elements / parts + ($0 < elements % parts ? 1 : 0) }
  }

  /// Segment s: rank s + 1's values, then those of s + 2, s + 3, ..., s. What is passed on has been on the wire.
  private func ring(_ values: [[Float]]) -> [Float] {
    let ranks = values.count
    var sums: [Float] = []
    for (segment, count) in evenCounts(values[0].count, ranks).enumerated() {
      for index in sums.count..<sums.count + count {
        var sum = values[(segment + 1) % ranks][index]
        for distance in stride(from: 2, through: ranks, by: 1) {
          sum = values[(segment + distance) % ranks][index] + wire(sum)
        }
        sums.append(wire(sum))
      }
    }
    return sums
  }

  /// Each host's ranks in order; then, for each part that is cut between cache lines, a ring over the hosts.
  private func twoLevels(_ hosts: [[Int]]) -> [Float] {
    let ofHosts = hosts.map { host in
      (0..<elements).map { index in host.dropFirst().reduce(values[host[0]][index]) { $0 + values[$1][index] } }
    }
    guard hosts.count > 1 else { return ofHosts[0] }
    let owners = hosts.map(\.count).min()!
    var sums: [Float] = []
    for lines in evenCounts((elements + 15) / 16, owners) {
      let end = min(sums.count + 16 * lines, elements)
      if end > sums.count { sums += ring(ofHosts.map { Array($0[sums.count..<end]) }) }
    }
    return sums
  }

  /// Those that meet before the rounds, in the order of their ranks: of the first ranks, the right one of each pair and the
  /// left one's values; the others alone.
  private func folded(_ column: [Float]) -> [Float] {
    var size = 1
    while 2 * size <= column.count { size *= 2 }
    let pairs = column.count - size
    let ofPairs: [Float] = (0..<pairs).map { column[2 * $0 + 1] + wire(column[2 * $0]) }
    return ofPairs + Array(column[(2 * pairs)...])
  }

  /// Neighbours, then pairs of neighbours, and so on; both have been on the wire.
  private func tree(_ column: [Float]) -> Float {
    var sums = folded(column)
    while sums.count > 1 {
      sums = (0..<sums.count / 2).map { wire(sums[2 * $0]) + wire(sums[2 * $0 + 1]) }
    }
    return sums[0]
  }

  /// Part q of a piece: each round adds those half as far apart, and what comes to the side that keeps q has been on the
  /// wire.
  private func halving(_ pieceElements: Int) -> [Float] {
    let pieces = max(1, (elements + pieceElements - 1) / pieceElements)
    var sums: [Float] = []
    for piece in evenCounts(elements, pieces) {
      for (part, count) in evenCounts(piece, folded(values.map { _ in 0 }).count).enumerated() {
        for index in sums.count..<sums.count + count { sums.append(wire(halved(folded(column(index)), keeping: part))) }
      }
    }
    return sums
  }

  private func halved(_ sums: [Float], keeping part: Int) -> Float {
    guard sums.count > 1 else { return sums[0] }
    let half = sums.count / 2
    let (low, high) = (sums[..<half], sums[half...])
    let (kept, given) = part < half ? (low, high) : (high, low)
    return halved(zip(kept, given).map { $0 + wire($1) }, keeping: part % half)
  }
}

/// To nearest, ties to even; for finite numbers.
private func roundedToBF16(_ value: Float) -> Float {
  let bits = value.bitPattern
  let odd = (bits >> 16) & 1
  return Float(bitPattern: (bits + 0x7FFF + odd) & 0xFFFF_0000)
}

/// A rank's values for an exercise: of any size between 2^-8 and 2^8 and either sign, different at every rank, index and
/// salt, so that a swapped segment or another order of summation shows in the bits.
public func exerciseValues(rank: Int, count: Int, salt: Int) -> [Float] {
  (0..<count).map { index in
    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    var bits = UInt64(truncatingIfNeeded: (salt << 40) ^ (rank << 32) ^ index) &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    let exponent = UInt32(119 + bits % 17)
    return Float(
      bitPattern: UInt32(bits >> 63) << 31 | exponent << 23 | UInt32(truncatingIfNeeded: bits >> 33) & 0x7F_FFFF)
  }
}
