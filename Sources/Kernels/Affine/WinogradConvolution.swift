/// A convolution that Winograd's F(4x4, 3x3) can compute, both forward and, as another of its kind, backward to the input.
package struct WinogradConvolution: Equatable, Sendable {
  package enum Direction: Sendable { case forward, inputGradient }

  private let forward: ConvolutionGeometry

  /// nil where the algorithm or its kernels do not apply.
  package init?(_ geometry: ConvolutionGeometry) {
    let slidesByOne = [geometry.rows, geometry.columns].allSatisfy {
      $0.kernel == 3 && $0.stride == 1 && $0.dilation == 1 && $0.padding <= 2
    }
    let fillsVectors = geometry.inputChannels.isMultiple(of: 32) && geometry.outputChannels.isMultiple(of: 32)
    guard slidesByOne, fillsVectors, geometry.groups == 1, !geometry.isTransposed else { return nil }
    forward = geometry
  }

  /// What is computed: for the input's gradient from the output's, channels are exchanged, and padding makes up for what
  /// the kernel took off.
  package func geometry(_ direction: Direction) -> ConvolutionGeometry {
    if direction == .forward { return forward }
    var (rows, columns) = (forward.rows, forward.columns)
    (rows.padding, columns.padding) = (2 - rows.padding, 2 - columns.padding)
    return ConvolutionGeometry(
      batch: forward.batch, input: (forward.outputChannels, forward.outputHeight, forward.outputWidth),
      output: (forward.inputChannels, forward.inputHeight, forward.inputWidth), rows: rows, columns: columns, groups: 1)
  }

  /// Whether it is faster than oneDNN for what its memory costs. Neither the images of a tile nor training matter, so that
  /// all of them see the same numbers.
  ///
  /// Tiles of 4x4 outputs are cut off at the edges: 5x5 outputs save a third of the multiplications, 7x7 two thirds. There
  /// are 36 transformed weights for every 9, which are read again for every 28 tiles: 36 MiB of them for 512 to 512
  /// channels.
  package var isWorthwhile: Bool {
    let weights = 36 * forward.inputChannels * forward.outputChannels
    return forward.outputHeight >= 7 && forward.outputWidth >= 7 && weights * MemoryLayout<Float>.stride <= 10 << 20
  }
}
