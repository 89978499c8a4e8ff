import CVectorKernels
import Tensors
import TestSupport
import Testing

/// Clipped lines, for every instruction set, element type, remainder and allowed aliasing.
@Suite struct ClippedLineTests {
  private func table(_ set: cvk_instruction_set, _ type: ElementType) throws -> cvk_activation {
    let all = try kernels(for: set).pointee
    return type == .f32 ? all.activation_f32 : all.activation_bf16
  }

  @Test(arguments: instructionSets, ElementType.ofActivations)
  func everyInstructionSet(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let table = try table(set, type)
    for count in remainderCounts {
      let (x, dy) = (type.values(count, seed: 1), type.values(count, seed: 2))
      let y = x.map { type.rounded(min(max(2 * $0, -0.75), 1.5)) }
      let dx = zip(y, dy).map { -0.75 < $0 && $0 < 1.5 ? 2 * $1 : 0 }
      expect(y, within: 0, [Tile(type, count: count), Tile(type, x)]) {
        table.clipped_line($0[1], $0[0], count, 2, 0, -0.75, 1.5)
      }
      expect(y, within: 0, [Tile(type, x)]) { table.clipped_line($0[0], $0[0], count, 2, 0, -0.75, 1.5) }
      expect(dx, within: 0, [Tile(type, count: count), Tile(type, y), Tile(type, dy)]) {
        table.clipped_line_gradient($0[1], $0[2], $0[0], count, 2, -0.75, 1.5)
      }
      expect(dx, within: 0, [Tile(type, dy), Tile(type, y)]) {
        table.clipped_line_gradient($0[1], $0[0], $0[0], count, 2, -0.75, 1.5)
      }
    }
  }

  @Test(arguments: instructionSets, ElementType.ofActivations)
  func whatIsNotANumberStays(_ set: cvk_instruction_set, _ type: ElementType) throws {
    // 40 elements, so that both the vectors and the remainder meet every one of these.
    let x = (0..<40).map { [.nan, -.nan, -.infinity, .infinity, -0.0, 7][$0 % 6] }
    let tile = Tile(type, x)
    try table(set, type).clipped_line(tile.address, tile.address, x.count, 1, 0.5, 0, 6)
    let isRight = zip(tile.values, x).allSatisfy { $1.isNaN ? $0.isNaN : $0 == min(max($1 + 0.5, 0), 6) }
    #expect(isRight)
  }
}
