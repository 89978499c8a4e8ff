import Testing
import Tensors

@Suite struct PhiloxTests {
  /// The known answers of Random123's `kat_vectors` for philox4x32-10.
  @Test(arguments: [
    (SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0), SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
    (
      SIMD4(.max, .max, .max, .max), SIMD2(.max, .max), SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    #expect(Philox.block(counter: counter, key: key) == expected)
  }

  @Test func keysGiveIndependentRepeatableNumbers() {
    var seen: Set<UInt64> = []
    for seed in [0, 1] as [UInt64] {
      for purpose in [RandomPurpose.shuffle, .augmentation] {
        for epoch in 0..<3 {
          for index in 0..<5 {
            var first = KeyedRandom(seed: seed, purpose: purpose, epoch: epoch, index: index)
            var again = KeyedRandom(seed: seed, purpose: purpose, epoch: epoch, index: index)
            for _ in 0..<5 {
              let value = first.next()
              #expect(value == again.next())
              seen.insert(value)
            }
          }
        }
      }
    }
    #expect(seen.count == 2 * 2 * 3 * 5 * 5)
  }

  @Test func momentsOfTheDistributions() {
    var random = KeyedRandom(seed: 7, purpose: .testing)
    let count = 100_000
    var sum = 0.0, normalSum = 0.0, normalSquares = 0.0
    for _ in 0..<count {
      let value = random.uniform()
      #expect(value >= 0 && value < 1)
      sum += value
      let normal = random.normal()
      normalSum += normal
      normalSquares += normal * normal
    }
    #expect(abs(sum / Double(count) - 0.5) < 0.005)
    #expect(abs(normalSum / Double(count)) < 0.015)
    #expect(abs(normalSquares / Double(count) - 1) < 0.03)
  }
}
