/// The sizes of a two-dimensional convolution over a batch.
public struct ConvolutionGeometry: Hashable, Sendable, CustomStringConvertible {
  public var batch: Int
  public var inputChannels, inputHeight, inputWidth: Int
  public var outputChannels, outputHeight, outputWidth: Int
  public var kernelHeight, kernelWidth: Int
  public var stride, padding, dilation, groups: Int

  public init(
    batch: Int, input: (channels: Int, height: Int, width: Int), output: (channels: Int, height: Int, width: Int),
    kernel: (height: Int, width: Int), stride: Int, padding: Int, dilation: Int, groups: Int
  ) {
    self.batch = batch
    (inputChannels, inputHeight, inputWidth) = input
    (outputChannels, outputHeight, outputWidth) = output
    (kernelHeight, kernelWidth) = kernel
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
  }

  public var description: String {
    "convolution \(inputChannels)x\(inputHeight)x\(inputWidth) -> \(outputChannels)x\(outputHeight)x\(outputWidth)"
      + " (kernel \(kernelHeight)x\(kernelWidth), stride \(stride), padding \(padding), batch \(batch))"
  }

  /// `[N, C, H, W]`
  var inputDimensions: [Int] { [batch, inputChannels, inputHeight, inputWidth] }
  var outputDimensions: [Int] { [batch, outputChannels, outputHeight, outputWidth] }

  /// `[K, C, H, W]`, or `[G, K/G, C/G, H, W]` for grouped convolutions: the same bytes.
  var weightDimensions: [Int] {
    let perGroup = [outputChannels / groups, inputChannels / groups, kernelHeight, kernelWidth]
    return groups == 1 ? perGroup : [groups] + perGroup
  }
}
