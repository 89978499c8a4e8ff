import CVectorKernels
import Kernels
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// ReLU, its gradient and sums, for every instruction set, element type, remainder and allowed aliasing.
@Suite struct ElementwiseTests {
  private static let counts = Array(0...67) + [255, 1000]

  @Test(arguments: instructionSets, [ElementType.f32, .bf16])
  func everyInstructionSet(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let all = try kernels(for: set).pointee
    let table = type == .f32 ? all.elementwise_f32 : all.elementwise_bf16
    for count in ElementwiseTests.counts {
      let (x, dy) = (values(type, count, seed: 1), values(type, count, seed: 2))
      let y = x.map { max($0, 0) }
      let dx = zip(y, dy).map { $0 > 0 ? $1 : 0 }
      let total = zip(x, dy).map { rounded($0 + $1, type) }
      let fresh = { Tile(type, count: count) }
      expect(y, [fresh(), Tile(type, x)]) { table.relu($0[1], $0[0], count) }
      expect(y, [Tile(type, x)]) { table.relu($0[0], $0[0], count) }
      expect(dx, [fresh(), Tile(type, y), Tile(type, dy)]) { table.relu_gradient($0[1], $0[2], $0[0], count) }
      expect(dx, [Tile(type, dy), Tile(type, y)]) { table.relu_gradient($0[1], $0[0], $0[0], count) }
      expect(total, [fresh(), Tile(type, x), Tile(type, dy)]) { table.sum($0[1], $0[2], $0[0], count) }
      expect(total, [Tile(type, x), Tile(type, dy)]) { table.sum($0[0], $0[1], $0[0], count) }
      expect(total, [Tile(type, dy), Tile(type, x)]) { table.sum($0[1], $0[0], $0[0], count) }
      expect(x.map { 2 * $0 }, [Tile(type, x)]) { table.sum($0[0], $0[0], $0[0], count) }
    }
  }

  @Test(arguments: instructionSets, [ElementType.f32, .bf16])
  func whatIsNotANumberStays(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let all = try kernels(for: set).pointee
    let table = type == .f32 ? all.elementwise_f32 : all.elementwise_bf16
    // 40 elements, so that both the vectors and the remainder meet every one of these.
    let x = (0..<40).map { [.nan, -.nan, -.infinity, .infinity, -0.0, -1][$0 % 6] }
    let rectified = Tile(type, x)
    withTiles([rectified]) { table.relu($0[0], $0[0], x.count) }
    let reluIsRight = zip(rectified.values, x).allSatisfy { $1.isNaN ? $0.isNaN : $0 == max($1, 0) }
    #expect(reluIsRight)
    let total = Tile(type, x)
    withTiles([total, Tile(type, x.map { _ in .infinity })]) { table.sum($0[0], $0[1], $0[0], x.count) }
    let sumIsRight = zip(total.values, x).allSatisfy { $1.isNaN || $1 == -.infinity ? $0.isNaN : $0 == .infinity }
    #expect(sumIsRight)
  }

  @Test(arguments: [ElementType.f32, .bf16], 1...3) func onSeveralThreads(_ type: ElementType, threads: Int) throws {
    let team = try Engine(threads: threads).team
    let count = 50_001
    let (x, dy) = (values(type, count, seed: 3), values(type, count, seed: 4))
    let y = x.map { max($0, 0) }
    let total = zip(x, dy).map { rounded($0 + $1, type) }
    expect(y, [Tile(type, x)]) { relu($0[0], into: $0[0], count: count, type: type, team: team) }
    expect(zip(y, dy).map { $0 > 0 ? $1 : 0 }, [Tile(type, dy), Tile(type, y)]) {
      reluGradient(output: $0[1], outputGradient: $0[0], into: $0[0], count: count, type: type, team: team)
    }
    expect(total, [Tile(type, x), Tile(type, dy)]) {
      sum($0[0], $0[1], into: $0[0], count: count, type: type, team: team)
    }
  }

  /// Compares what a kernel leaves in the first tile.
  private func expect(
    _ expected: [Double], _ tiles: [Tile], sourceLocation: SourceLocation = #_sourceLocation,
    after body: ([UnsafeMutableRawPointer]) -> Void
  ) {
    withTiles(tiles, sourceLocation: sourceLocation, body: body)
    let isRight = tiles[0].values == expected
    #expect(isRight, sourceLocation: sourceLocation)
  }

  private func values(_ type: ElementType, _ count: Int, seed: UInt64) -> [Double] {
    var random = TestRandom(seed: seed)
    return random.values(count).map { rounded($0, type) }
  }

  private func rounded(_ value: Double, _ type: ElementType) -> Double {
    type == .f32 ? Double(Float(value)) : ReferenceBF16.rounded(Double(Float(value)))
  }
}
