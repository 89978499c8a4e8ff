import CVectorKernels
import Kernels
import Tensors
import TestSupport
import Testing

/// Weighted sums over windows, for every instruction set and element type, against loops in Double.
@Suite struct WeightedWindowsTests {
  /// Windows that overlap, of unequal lengths, one of them empty.
  private static let rows = AxisWeights(
    inputs: 5,
    sums: [
      .init(start: 0, weights: [0.5, -1, 2]), .init(start: 1, weights: []), .init(start: 2, weights: [1, 3, 0.25]),
    ])
  private static let columns = AxisWeights(
    inputs: 4, sums: [.init(start: 0, weights: [1]), .init(start: 0, weights: [0.25, 0.25, 0.25, 0.25])])

  private func expected(_ x: [Double], channels: Int) -> [Double] {
    let (rows, columns) = (Self.rows, Self.columns)
    var y: [Double] = []
    for (n, row, column, c) in places(samples: 2, channels: channels) {
      var sum = 0.0
      for (p, rowWeight) in row.weights.enumerated() {
        for (q, columnWeight) in column.weights.enumerated() {
          let pixel = (n * rows.inputs + row.start + p) * columns.inputs + column.start + q
          sum += rowWeight * columnWeight * x[pixel * channels + c]
        }
      }
      y.append(sum)
    }
    return y
  }

  private func places(samples: Int, channels: Int) -> [(Int, AxisWeights.Sum, AxisWeights.Sum, Int)] {
    (0..<samples).flatMap { n in
      Self.rows.sums.flatMap { row in
        Self.columns.sums.flatMap { column in (0..<channels).map { (n, row, column, $0) } }
      }
    }
  }

  @Test(arguments: instructionSets, ElementType.ofActivations)
  func everyInstructionSet(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let all = try kernels(for: set).pointee
    for channels in [1, 3, 8, 17, 31, 32, 64, 65] {
      let windows = WeightedWindows(
        rows: Self.rows, columns: Self.columns, channels: channels, samples: 2,
        kernel: type == .f32 ? all.weighted_windows_f32 : all.weighted_windows_bf16,
        team: try Engine(threads: 2).team)
      let x = type.values(2 * 5 * 4 * channels, seed: UInt64(channels))
      let y = expected(x, channels: channels)
      // A sum of twelve may be much smaller than its terms.
      let largest = y.map(abs).max()!
      let output = Tile(type, count: y.count)
      withTiles([output, Tile(type, x)]) { windows.run($0[1], into: $0[0]) }
      let isRight = zip(output.values, y).allSatisfy { abs($0 - $1) <= type.tolerance * abs($1) + 1e-6 * largest }
      #expect(isRight, "\(channels) channels")
    }
  }
}
