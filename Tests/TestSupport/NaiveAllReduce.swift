/// The plain twin of the ring all-reduce: everyone's values at hand, each segment added up rank by rank in the order
/// that `RingPlan` documents. Deliberately written without it.
public func naiveAllReduce(_ valuesOfRanks: [[Float]]) -> [Float] {
  let worldSize = valuesOfRanks.count
  let elements = valuesOfRanks[0].count
  var sums: [Float] = []
  for segment in 0..<worldSize {
    let count = elements / worldSize + (segment < elements % worldSize ? 1 : 0)
    for index in sums.count..<sums.count + count {
      var sum = valuesOfRanks[(segment + 1) % worldSize][index]
      for distance in stride(from: 2, through: worldSize, by: 1) {
        sum += valuesOfRanks[(segment + distance) % worldSize][index]
      }
      sums.append(sum)
    }
  }
  return sums
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
