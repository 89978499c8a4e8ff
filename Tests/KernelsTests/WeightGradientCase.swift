import Kernels
import ReferenceKernels
import TestSupport
import Tensors
import Testing

/// A convolution whose batch comes in tiles of some images each.
struct WeightGradientCase: CustomTestStringConvertible {
  var channels, outputs, height, width: Int
  var rows, columns: ConvolutionAxis
  var tiles = [2, 1]

  init(
    _ channels: Int, to outputs: Int, _ height: Int, _ width: Int, _ rows: ConvolutionAxis, _ columns: ConvolutionAxis,
    tiles: [Int] = [2, 1]
  ) {
    (self.channels, self.outputs, self.height, self.width) = (channels, outputs, height, width)
    (self.rows, self.columns, self.tiles) = (rows, columns, tiles)
  }

  init(_ channels: Int, to outputs: Int, extent: Int, _ axis: ConvolutionAxis, tiles: [Int] = [2, 1]) {
    self.init(channels, to: outputs, extent, extent, axis, axis, tiles: tiles)
  }

  /// Any convolution whose kernel fits.
  init(random: inout TestRandom) {
    func axis() -> ConvolutionAxis {
      ConvolutionAxis(
        kernel: random.element(of: [1, 1, 2, 3, 3, 5, 7]), stride: random.element(of: [1, 1, 2, 3]),
        padding: random.integer(in: 0..<4), dilation: random.element(of: [1, 1, 1, 2, 3]))
    }
    repeat {
      let (rows, isSquare) = (axis(), random.integer(in: 0..<2) == 0)
      self.init(
        random.integer(in: 1..<random.element(of: [9, 70])), to: random.integer(in: 1..<random.element(of: [9, 70])),
        random.integer(in: 1..<17), random.integer(in: 1..<17), rows, isSquare ? rows : axis(),
        tiles: (0...random.integer(in: 0..<3)).map { _ in random.integer(in: 1..<4) })
    } while rows.outputExtent(height) == 0 || columns.outputExtent(width) == 0
  }

  var testDescription: String { "\(geometry(images: 0)), tiles \(tiles)" }

  func geometry(images: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: images, input: (channels, height, width),
      output: (outputs, rows.outputExtent(height), columns.outputExtent(width)), rows: rows, columns: columns,
      groups: 1)
  }

  var weightShape: Shape { [outputs, channels, rows.kernel, columns.kernel] }

  /// In Double, over all images.
  func reference(input: ReferenceTensor, outputGradient: ReferenceTensor) -> [Double] {
    func axis(_ axis: ConvolutionAxis) -> ReferenceConvolution.Axis {
      .init(stride: axis.stride, padding: axis.padding, dilation: axis.dilation)
    }
    return ReferenceConvolution(rows: axis(rows), columns: axis(columns))
      .weightGradient(outputGradient: outputGradient, input: input, weightShape: weightShape).values
  }
}
