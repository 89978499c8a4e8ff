/// How the kernel of a convolution slides along one axis of an image: it covers `kernel` inputs that are `dilation` apart,
/// starts `padding` before the first input, and moves by `stride`.
public struct ConvolutionAxis: Hashable, Sendable {
  public var kernel, stride, padding, dilation: Int

  public init(kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride, padding, dilation)
  }

  /// Elements from the first to the last that the kernel covers.
  public var reach: Int { dilation * (kernel - 1) + 1 }

  /// Extent after a convolution: floor, as everywhere in this field. 0 where the kernel does not fit.
  public func outputExtent(_ input: Int) -> Int {
    let travel = input + 2 * padding - reach
    return travel < 0 ? 0 : travel / stride + 1
  }

  /// Extent after a transposed convolution: of the inputs from which `outputExtent` leads to `input`, the smallest and
  /// `outputPadding` more.
  public func transposedExtent(_ input: Int, outputPadding: Int) -> Int {
    (input - 1) * stride - 2 * padding + reach + outputPadding
  }
}

/// The sizes of a two-dimensional convolution, or of a transposed one, over a batch.
public struct ConvolutionGeometry: Hashable, Sendable, CustomStringConvertible {
  public var batch: Int
  public var inputChannels, inputHeight, inputWidth: Int
  public var outputChannels, outputHeight, outputWidth: Int
  public var rows, columns: ConvolutionAxis
  public var groups: Int
  public var isTransposed: Bool

  public init(
    batch: Int, input: (channels: Int, height: Int, width: Int), output: (channels: Int, height: Int, width: Int),
    rows: ConvolutionAxis, columns: ConvolutionAxis, groups: Int, isTransposed: Bool = false
  ) {
    self.batch = batch
    (inputChannels, inputHeight, inputWidth) = input
    (outputChannels, outputHeight, outputWidth) = output
    (self.rows, self.columns, self.groups, self.isTransposed) = (rows, columns, groups, isTransposed)
  }

  public var description: String {
    (isTransposed ? "transposed convolution " : "convolution ")
      + "\(inputChannels)x\(inputHeight)x\(inputWidth) -> \(outputChannels)x\(outputHeight)x\(outputWidth)"
      + " (kernel \(rows.kernel)x\(columns.kernel), stride \(pair(\.stride)), padding \(pair(\.padding)),"
      + " dilation \(pair(\.dilation)), groups \(groups), batch \(batch))"
  }

  private func pair(_ size: KeyPath<ConvolutionAxis, Int>) -> String {
    rows[keyPath: size] == columns[keyPath: size]
      ? "\(rows[keyPath: size])" : "\(rows[keyPath: size])x\(columns[keyPath: size])"
  }

  /// `[N, C, H, W]`
  package var inputDimensions: [Int] { [batch, inputChannels, inputHeight, inputWidth] }
  package var outputDimensions: [Int] { [batch, outputChannels, outputHeight, outputWidth] }

  /// `[K, C, H, W]`, or `[G, K/G, C/G, H, W]` for grouped convolutions: oneDNN's order, also for transposed ones.
  var weightDimensions: [Int] {
    let perGroup = [outputChannels / groups, inputChannels / groups, rows.kernel, columns.kernel]
    return groups == 1 ? perGroup : [groups] + perGroup
  }
}
