import Tensors

/// A two-dimensional cross-correlation without bias,
///
///     y[n, k, i, j] = Σ w[k, c, p, q] x[n, g C/G + c, i stride + p dilation - padding, j stride + q dilation - padding]
///
/// over c in 0..<C/G and the kernel's p and q, where g is the group of k and x is 0 outside the image; stride, dilation and
/// padding are those of rows for i and of columns for j. Input `[N, C, H, W]`, weights `[K, C/G, P, Q]`.
public struct ReferenceConvolution: Hashable, Sendable {
  public struct Axis: Hashable, Sendable {
    public var stride, padding, dilation: Int

    public init(stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
      (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    }

    func outputExtent(_ input: Int, kernel: Int) -> Int {
      (input + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
    }

    /// Where tap `p` of window `i` lies; nil outside the image.
    @inline(__always)
    func position(_ i: Int, _ p: Int, in extent: Int) -> Int? {
      let at = i * stride + p * dilation - padding
      return at >= 0 && at < extent ? at : nil
    }
  }

  public var rows, columns: Axis
  public var groups: Int

  public init(rows: Axis, columns: Axis, groups: Int = 1) {
    (self.rows, self.columns, self.groups) = (rows, columns, groups)
  }

  public init(stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1) {
    let axis = Axis(stride: stride, padding: padding, dilation: dilation)
    self.init(rows: axis, columns: axis, groups: groups)
  }

  public func outputShape(input: Shape, weights: Shape) -> Shape {
    [
      input[0], weights[0], rows.outputExtent(input[2], kernel: weights[2]),
      columns.outputExtent(input[3], kernel: weights[3]),
    ]
  }

  /// - Parameter outputShape: nil for all windows that fit.
  public func forward(
    _ x: ReferenceTensor, weights w: ReferenceTensor, outputShape: Shape? = nil
  ) -> ReferenceTensor {
    let shape = outputShape ?? self.outputShape(input: x.shape, weights: w.shape)
    let y = sums(count: shape.elements) { y in
      forEachTerm(input: x.shape, weights: w.shape, output: shape) { xAt, wAt, yAt in
        y[yAt] += w.values[wAt] * x.values[xAt]
      }
    }
    return ReferenceTensor(shape, y)
  }

  /// The gradient of the input, `[N, C, H, W]`.
  public func inputGradient(
    outputGradient dy: ReferenceTensor, weights w: ReferenceTensor, inputShape: Shape
  ) -> ReferenceTensor {
    let dx = sums(count: inputShape.elements) { dx in
      forEachTerm(input: inputShape, weights: w.shape, output: dy.shape) { xAt, wAt, yAt in
        dx[xAt] += w.values[wAt] * dy.values[yAt]
      }
    }
    return ReferenceTensor(inputShape, dx)
  }

  /// The gradient of the weights, `[K, C/G, P, Q]`.
  public func weightGradient(
    outputGradient dy: ReferenceTensor, input x: ReferenceTensor, weightShape: Shape
  ) -> ReferenceTensor {
    let dw = sums(count: weightShape.elements) { dw in
      forEachTerm(input: x.shape, weights: weightShape, output: dy.shape) { xAt, wAt, yAt in
        dw[wAt] += x.values[xAt] * dy.values[yAt]
      }
    }
    return ReferenceTensor(weightShape, dw)
  }

  /// Sums that start at zero and that `body` adds to.
  private func sums(count: Int, _ body: (UnsafeMutableBufferPointer<Double>) -> Void) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    sums.withUnsafeMutableBufferPointer { body($0) }
    return sums
  }

  /// Visits every product of the definition as offsets into input, weights and output. Each is linear in all three, so
  /// that the forward pass and both gradients are sums over the same terms.
  @inline(__always)
  private func forEachTerm(
    input: Shape, weights: Shape, output: Shape, _ body: (_ xAt: Int, _ wAt: Int, _ yAt: Int) -> Void
  ) {
    let (inputChannels, inputHeight, inputWidth) = (input[1], input[2], input[3])
    let (outputChannels, outputHeight, outputWidth) = (output[1], output[2], output[3])
    let (channelsPerGroup, kernelHeight, kernelWidth) = (weights[1], weights[2], weights[3])
    let outputsPerGroup = outputChannels / groups
    for n in 0..<output[0] {
      for k in 0..<outputChannels {
        for c in 0..<channelsPerGroup {
          let inputChannel = k / outputsPerGroup * channelsPerGroup + c
          for p in 0..<kernelHeight {
            for q in 0..<kernelWidth {
              let wAt = ((k * channelsPerGroup + c) * kernelHeight + p) * kernelWidth + q
              for i in 0..<outputHeight {
                guard let row = rows.position(i, p, in: inputHeight) else { continue }
                let xRow = ((n * inputChannels + inputChannel) * inputHeight + row) * inputWidth
                let yRow = ((n * outputChannels + k) * outputHeight + i) * outputWidth
                for j in 0..<outputWidth {
                  guard let column = columns.position(j, q, in: inputWidth) else { continue }
                  body(xRow + column, wAt, yRow + j)
                }
              }
            }
          }
        }
      }
    }
  }
}
