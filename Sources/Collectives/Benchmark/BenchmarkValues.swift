/// The values that a rank sums in a benchmark: whole numbers that look random in index and rank, so that a sum from the
/// wrong place is noticed, and so small that no sum exceeds 256 (of up to 256 ranks). So all partial sums are exact, in any
/// order, in f32 and in bf16.
struct BenchmarkValues: Hashable, Sendable {
  let rank: Int
  let worldSize: Int
  private let mask: UInt32

  init(rank: Int, worldSize: Int) {
    self.rank = rank
    self.worldSize = worldSize
    // As many low bits as all ranks may have set without a sum above 256, but at least one.
    let bits = Int.bitWidth - 1 - max(1, 256 / worldSize).leadingZeroBitCount
    mask = (1 << UInt32(max(1, bits))) - 1
  }

  /// How often sums can be summed again, all ranks' together, and stay below f32's largest, 2^128.
  var usesBeforeOverflow: Int {
    let bitsPerUse = Int.bitWidth - (worldSize - 1).leadingZeroBitCount
    return bitsPerUse == 0 ? 1 << 20 : max(1, (128 - 9) / bitsPerUse)
  }

  /// Writes this rank's values.
  func fill(_ values: UnsafeMutableBufferPointer<Float>) {
    let salt = salt(rank)
    for index in values.indices { values[index] = Float(Self.hash(index, salt) & mask) }
  }

  /// The first element that is not this rank's value.
  func firstChanged(_ values: UnsafeBufferPointer<Float>) -> Mismatch? {
    firstWrong(values, ranks: rank..<rank + 1)
  }

  /// The first element that is not the sum of all ranks' values.
  func firstWrongSum(_ sums: UnsafeBufferPointer<Float>) -> Mismatch? {
    firstWrong(sums, ranks: 0..<worldSize)
  }

  struct Mismatch: Hashable, Sendable {
    let index: Int
    let expected: Float
    let got: Float
  }

  /// Blockwise, so that the innermost loop runs over elements and becomes vector instructions.
  private func firstWrong(_ values: UnsafeBufferPointer<Float>, ranks: Range<Int>) -> Mismatch? {
    let blockElements = 4096
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: blockElements) { sums in
      for start in stride(from: 0, to: values.count, by: blockElements) {
        let count = min(blockElements, values.count - start)
        for offset in 0..<count { sums[offset] = 0 }
        for rank in ranks {
          let salt = salt(rank)
          for offset in 0..<count { sums[offset] &+= Self.hash(start &+ offset, salt) & mask }
        }
        for offset in 0..<count where values[start + offset] != Float(sums[offset]) {
          return Mismatch(index: start + offset, expected: Float(sums[offset]), got: values[start + offset])
        }
      }
      return nil
    }
  }

  private func salt(_ rank: Int) -> UInt32 { UInt32(truncatingIfNeeded: rank &+ 1) &* 0x85EB_CA6B }

  /// A few multiplications and shifts, after the finalizer of Appleby's MurmurHash3.
  private static func hash(_ index: Int, _ salt: UInt32) -> UInt32 {
    var bits = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B1 ^ salt
    bits ^= bits &>> 16
    bits &*= 0x85EB_CA6B
    bits ^= bits &>> 13
    bits &*= 0xC2B2_AE35
    return bits &>> 20
  }
}
