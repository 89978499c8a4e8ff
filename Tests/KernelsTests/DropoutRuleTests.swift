import CVectorKernels
import Kernels
import Tensors
import TestSupport
import Testing

/// Dropout against `KeyedRandom` word by word, for every instruction set, element type and remainder; and the share of
/// what falls.
@Suite struct DropoutRuleTests {
  private static let random = KeyedRandom(
    seed: 0x1234_5678_9ABC_DEF0, purpose: .dropout, epoch: 77, index: 1 << 40 | 5)

  /// 32-bit words of the sequence: of each number the low half, then the high half.
  private func words(_ count: Int) -> [UInt32] {
    var random = Self.random
    let numbers = (0..<(count + 1) / 2).map { _ in random.next() }
    return numbers.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }
  }

  @Test(arguments: instructionSets, ElementType.ofActivations)
  func everyInstructionSet(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let all = try kernels(for: set).pointee
    let table = type == .f32 ? all.dropout_f32 : all.dropout_bf16
    let (key, counter) = (Self.random.key, Self.random.counter)
    let sequence = cvk_random(key: (key[0], key[1]), counter: (counter[1], counter[2], counter[3]))
    let rule = cvk_drop_rule(threshold: 3 << 29, scale: 1.5, shift: 0.25, dropped: -3)
    for count in remainderCounts {
      let x = type.values(count, seed: UInt64(count))
      let y = zip(x, words(count)).map { $1 < 3 << 29 ? -3 : 1.5 * $0 + 0.25 }
      // What is carried to a number near 0 has lost digits.
      expect(y, within: max(4 * type.tolerance, 1e-3), [Tile(type, count: count), Tile(type, x)]) {
        table.drop($0[1], $0[0], count, sequence, rule)
      }
      expect(y, within: max(4 * type.tolerance, 1e-3), [Tile(type, x)]) {
        table.drop($0[0], $0[0], count, sequence, rule)
      }
    }
  }

  @Test(arguments: ElementType.ofActivations) func theRuleInBothDirections(_ type: ElementType) {
    let rule = DropoutRule(probability: 0.375, scale: 2, shift: 0, dropped: -3)
    let x = type.values(1000, seed: 9)
    let falls = words(1000).map { Double($0) < 0.375 * 0x1p32 }
    expect(zip(x, falls).map { $1 ? -3 : 2 * $0 }, within: 0, [Tile(type, x)]) {
      rule.forward($0[0], into: $0[0], count: 1000, type: type, random: Self.random)
    }
    expect(zip(x, falls).map { $1 ? 0 : 2 * $0 }, within: 0, [Tile(type, x)]) {
      rule.backward(outputGradient: $0[0], into: $0[0], count: 1000, type: type, random: Self.random)
    }
  }

  @Test(arguments: [0, 0.1, 0.5, 0.9, 1]) func dropsTheGivenShare(probability: Double) {
    let count = 1 << 20
    let ones = [Float](repeating: 1, count: count)
    var y = ones
    let rule = DropoutRule(probability: probability, scale: 2)
    rule.forward(ones, into: &y, count: count, type: .f32, random: KeyedRandom(seed: 3, purpose: .dropout))
    let dropped = Double(y.count { $0 == 0 })
    // Five standard deviations of the binomial distribution, and one for the last threshold below 1.
    let deviation = (Double(count) * probability * (1 - probability)).squareRoot()
    #expect(abs(dropped - probability * Double(count)) <= 5 * deviation + 1)
  }
}
