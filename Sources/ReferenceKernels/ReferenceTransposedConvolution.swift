import Tensors

/// A two-dimensional transposed convolution without bias: what `convolution`, from `[N, K, H', W']` to `[N, C, H, W]`,
/// does to the gradient of its input. Input `[N, C, H, W]`, weights `[C, K/G, P, Q]`.
public struct ReferenceTransposedConvolution: Hashable, Sendable {
  public var convolution: ReferenceConvolution
  /// Rows and columns of the output beyond the smallest that the convolution leads to the input's.
  public var outputPadding: [Int]

  public init(_ convolution: ReferenceConvolution, outputPadding: [Int] = [0, 0]) {
    (self.convolution, self.outputPadding) = (convolution, outputPadding)
  }

  public func outputShape(input: Shape, weights: Shape) -> Shape {
    func extent(_ axis: ReferenceConvolution.Axis, _ input: Int, _ kernel: Int, _ padding: Int) -> Int {
      (input - 1) * axis.stride - 2 * axis.padding + axis.dilation * (kernel - 1) + padding + 1
    }
    return [
      input[0], weights[1] * convolution.groups, extent(convolution.rows, input[2], weights[2], outputPadding[0]),
      extent(convolution.columns, input[3], weights[3], outputPadding[1]),
    ]
  }

  public func forward(_ x: ReferenceTensor, weights w: ReferenceTensor) -> ReferenceTensor {
    convolution.inputGradient(
      outputGradient: x, weights: w, inputShape: outputShape(input: x.shape, weights: w.shape))
  }

  /// The gradient of the input, `[N, C, H, W]`.
  public func inputGradient(
    outputGradient dy: ReferenceTensor, weights w: ReferenceTensor, inputShape: Shape
  ) -> ReferenceTensor {
    convolution.forward(dy, weights: w, outputShape: inputShape)
  }

  /// The gradient of the weights, `[C, K/G, P, Q]`.
  public func weightGradient(
    outputGradient dy: ReferenceTensor, input x: ReferenceTensor, weightShape: Shape
  ) -> ReferenceTensor {
    convolution.weightGradient(outputGradient: x, input: dy, weightShape: weightShape)
  }
}
