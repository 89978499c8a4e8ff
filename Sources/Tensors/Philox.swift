/// The counter-based generator Philox4x32-10: a keyed bijection on 128-bit counters.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. The constants and the
/// answers that the tests hold it to are those of the authors' Random123 library.
public enum Philox {
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for round in 0..<10 {
      if round > 0 { key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
      let product0 = UInt64(0xD251_1F53) * UInt64(counter[0])
      let product1 = UInt64(0xCD9E_8D57) * UInt64(counter[2])
      counter = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ counter[1] ^ key[0],
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ counter[3] ^ key[1],
        UInt32(truncatingIfNeeded: product0))
    }
    return counter
  }
}
