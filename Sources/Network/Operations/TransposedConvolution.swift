import Kernels
import Tensors

/// A two-dimensional transposed convolution, `[C, H, W] -> [K, H', W']` with
/// H' = (H - 1) stride - 2 padding + dilation (kernel - 1) + output padding + 1, as PyTorch's `ConvTranspose2d`: what the
/// convolution with the same weights `[C, K / groups, kernel, kernel]` does to the gradient of its input (Zeiler et al.
/// 2010, "Deconvolutional Networks"). First values: weights normal so that the gradient's variance is kept (He et al.),
/// bias as PyTorch draws it, uniform within 1 / sqrt(K / groups kernel kernel).
///
/// A plan lets it take the ReLU that follows.
public struct TransposedConvolution: ActivatedOperation {
  public var outputChannels: Int
  public var rows, columns: ConvolutionAxis
  /// Rows and columns more at the end, to choose among the sizes that the convolution leads to the same one.
  public var outputPaddingRows, outputPaddingColumns: Int
  public var groups: Int
  public var hasBias: Bool
  var activation = Activation.identity

  public init(
    outputChannels: Int, rows: ConvolutionAxis, columns: ConvolutionAxis, outputPaddingRows: Int = 0,
    outputPaddingColumns: Int = 0, groups: Int = 1, hasBias: Bool = true
  ) {
    (self.outputChannels, self.rows, self.columns) = (outputChannels, rows, columns)
    (self.outputPaddingRows, self.outputPaddingColumns) = (outputPaddingRows, outputPaddingColumns)
    (self.groups, self.hasBias) = (groups, hasBias)
  }

  /// A square kernel that slides along both axes alike.
  public init(
    outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, dilation: Int = 1,
    groups: Int = 1, hasBias: Bool = true
  ) {
    let axis = ConvolutionAxis(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    self.init(
      outputChannels: outputChannels, rows: axis, columns: axis, outputPaddingRows: outputPadding,
      outputPaddingColumns: outputPadding, groups: groups, hasBias: hasBias)
  }

  public var kind: String { kind("transposed convolution") }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    try checkConvolution(inputs, outputChannels: outputChannels, rows, columns, groups: groups)
    for (axis, padding) in [(rows, outputPaddingRows), (columns, outputPaddingColumns)] {
      // oneDNN takes padding - output padding at the end, and no less than 1 - stride.
      guard padding >= 0, padding < max(axis.stride, axis.dilation), padding < axis.stride + axis.padding else {
        throw ShapeError(
          kind, inputs, "output padding of \(padding) must be less than the stride of \(axis.stride) or the dilation")
      }
    }
    let input = inputs[0]
    let height = rows.transposedExtent(input[1], outputPadding: outputPaddingRows)
    let width = columns.transposedExtent(input[2], outputPadding: outputPaddingColumns)
    guard height > 0, width > 0 else {
      throw ShapeError(kind, inputs, "padding leaves nothing of the output; use less of it, or larger images")
    }
    return [outputChannels, height, width]
  }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let shape: Shape = [inputs[0][0], outputChannels / groups, rows.kernel, columns.kernel]
    let weight = ParameterSpecification(
      "weight", shape, .heNormal(fanOut: outputChannels * rows.kernel * columns.kernel), decays: true)
    return [weight] + (hasBias ? [.bias(outputChannels, fanIn: shape.elements / shape[0])] : [])
  }

  public var memory: MemoryRule { affineMemory }
  public var bf16Support: BF16Support { .whereNative }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    let kernel = try AffineKernel(
      transposedConvolution: ConvolutionGeometry(at: site, rows, columns, groups: groups, isTransposed: true),
      AffineKernel.Use(at: site, hasBias: hasBias, activation: activation), on: site.engine)
    return PreparedAffine(kernel, activation: activation, at: site)
  }
}
