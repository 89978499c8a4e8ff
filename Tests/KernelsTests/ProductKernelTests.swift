import CVectorKernels
import Kernels
import Tensors
import TestSupport
import Testing

/// Products, for every instruction set, element type, remainder and allowed aliasing.
@Suite struct ProductKernelTests {
  private func table(_ set: cvk_instruction_set, _ type: ElementType) throws -> cvk_products {
    let all = try kernels(for: set).pointee
    return type == .f32 ? all.products_f32 : all.products_bf16
  }

  @Test(arguments: instructionSets, ElementType.ofActivations)
  func elementByElement(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let table = try table(set, type)
    for count in remainderCounts {
      let (a, b) = (type.values(count, seed: 1), type.values(count, seed: 2))
      let product = zip(a, b).map { type.rounded($0 * $1) }
      let scaled = a.map { type.rounded(Double(Float(1.7)) * $0) }
      expect(scaled, within: 0, [Tile(type, count: count), Tile(type, a)]) { table.scale($0[1], 1.7, $0[0], count) }
      expect(scaled, within: 0, [Tile(type, a)]) { table.scale($0[0], 1.7, $0[0], count) }
      expect(product, within: 0, [Tile(type, count: count), Tile(type, a), Tile(type, b)]) {
        table.multiply($0[1], $0[2], $0[0], count)
      }
      expect(product, within: 0, [Tile(type, a), Tile(type, b)]) { table.multiply($0[0], $0[1], $0[0], count) }
      expect(product, within: 0, [Tile(type, b), Tile(type, a)]) { table.multiply($0[1], $0[0], $0[0], count) }
    }
  }

  @Test(arguments: instructionSets, ElementType.ofActivations)
  func channelByChannel(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let table = try table(set, type)
    for (rows, channels) in (1...67).flatMap({ [(1, $0), (3, $0), (10, $0)] }) {
      let (a, b) = (type.values(rows * channels, seed: 3), type.values(rows * channels, seed: 4))
      let factors = type.values(channels, seed: 5)
      let scaled = a.indices.map { type.rounded(a[$0] * factors[$0 % channels]) }
      expect(scaled, within: 0, [Tile(type, a), Tile(type, factors)]) {
        table.scale_channels($0[0], $0[1], $0[0], rows, channels)
      }
      let sums = (0..<channels).map { c in (0..<rows).reduce(0) { $0 + a[$1 * channels + c] * b[$1 * channels + c] } }
      expect(sums, within: type.tolerance, [Tile(type, count: channels), Tile(type, a), Tile(type, b)]) {
        table.sum_channels($0[1], $0[2], $0[0], rows, channels)
      }
    }
  }

  @Test(arguments: ElementType.ofActivations, 1...3) func onSeveralThreads(_ type: ElementType, threads: Int) throws {
    let team = try Engine(threads: threads).team
    let scaling = ChannelScaling(samples: 5, pixels: 1001, channels: 10, type: type)
    let count = 50_050
    let (x, dy) = (type.values(count, seed: 6), type.values(count, seed: 7))
    let factors = type.values(50, seed: 8)
    func factor(_ index: Int) -> Int { index / 10010 * 10 + index % 10 }
    expect(x.map { type.rounded(-2.5 * $0) }, within: 0, [Tile(type, x)]) {
      scale($0[0], by: -2.5, into: $0[0], count: count, type: type, team: team)
    }
    expect(zip(x, dy).map { type.rounded($0 * $1) }, within: 0, [Tile(type, x), Tile(type, dy)]) {
      multiply($0[0], $0[1], into: $0[0], count: count, type: type, team: team)
    }
    let scaled = x.indices.map { type.rounded(x[$0] * factors[factor($0)]) }
    expect(scaled, within: 0, [Tile(type, x), Tile(type, factors)]) {
      scaling.multiply($0[0], by: $0[1], into: $0[0], team: team)
    }
    var sums = factors.map { _ in 0.0 }
    for index in x.indices { sums[factor(index)] += x[index] * dy[index] }
    expect(sums, within: type.tolerance, [Tile(type, count: 50), Tile(type, x), Tile(type, dy)]) {
      scaling.factorGradient($0[1], outputGradient: $0[2], into: $0[0], team: team)
    }
  }
}
