import CVectorKernels
import Kernels
import ReferenceKernels
import TestSupport
import Testing

/// Conversion between f32 and bf16, for every instruction set, against bf16's definition in Double.
@Suite struct ConversionTests {
  /// Every upper half of an f32 with lower halves that round down, up, and to even.
  private static let floats = (0...UInt32(UInt16.max)).flatMap { upper in
    [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff].map { Float(bitPattern: upper << 16 | $0) }
  }

  @Test(arguments: instructionSets) func narrowing(_ set: cvk_instruction_set) throws {
    let kernel = try kernels(for: set).pointee.conversions.narrow
    var halves = [UInt16](repeating: 0, count: ConversionTests.floats.count)
    kernel(ConversionTests.floats, &halves, halves.count)
    expectRounded(halves, ConversionTests.floats)
  }

  @Test(arguments: instructionSets) func widening(_ set: cvk_instruction_set) throws {
    let kernel = try kernels(for: set).pointee.conversions.widen
    let halves = Array(UInt16.min...UInt16.max)
    var floats = [Float](repeating: 7, count: halves.count)
    kernel(halves, &floats, halves.count)
    #expect(zip(floats, halves).allSatisfy { $0.bitPattern == UInt32($1) << 16 })
  }

  @Test(arguments: [0, 1, 15, 16, 17, 100, 50_000], 1...3) func onSeveralThreads(count: Int, threads: Int) throws {
    let team = try Engine(threads: threads).team
    var random = TestRandom(seed: 1)
    let floats = random.values(count)
    let tile = Tile(.bf16, count: count)
    let widened = Tile(.f32, count: count)
    withTiles([tile, widened]) {
      narrow(floats.map { Float($0) }, into: $0[0], count: count, team: team)
      widen($0[0], into: $0[1].assumingMemoryBound(to: Float.self), count: count, team: team)
    }
    let isRight = tile.values == floats.map(ReferenceBF16.rounded) && widened.values == tile.values
    #expect(isRight)
  }

  /// Rounded to nearest, ties to even; a NaN is some NaN of the same sign.
  private func expectRounded(_ halves: [UInt16], _ floats: [Float]) {
    let wrong = zip(halves, floats).first { half, float in
      let value = ReferenceBF16.value(half)
      if float.isNaN { return !value.isNaN || (half >> 15 != 0) != (float.sign == .minus) }
      return value != ReferenceBF16.rounded(Double(float)) || (half >> 15 != 0) != (float.sign == .minus)
    }
    #expect(wrong == nil)
  }
}
