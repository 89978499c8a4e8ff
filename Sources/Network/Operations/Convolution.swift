import Kernels
import Tensors

/// A two-dimensional convolution (cross-correlation) without bias, `[C, H, W] -> [K, H', W']` with
/// H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. Weights `[K, C / groups, kernel, kernel]`.
public struct Convolution: Operation {
  public var outputChannels, kernel, stride, padding, dilation, groups: Int

  public init(
    outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
  ) {
    (self.outputChannels, self.kernel, self.stride) = (outputChannels, kernel, stride)
    (self.padding, self.dilation, self.groups) = (padding, dilation, groups)
  }

  public var kind: String { "convolution" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    guard input[0] % groups == 0, outputChannels % groups == 0 else {
      throw ShapeError(kind, inputs, "\(input[0]) and \(outputChannels) channels do not divide into \(groups) groups")
    }
    let height = outputExtent(input[1], kernel, stride, padding, dilation)
    let width = outputExtent(input[2], kernel, stride, padding, dilation)
    guard height > 0, width > 0 else {
      throw ShapeError(kind, inputs, "a \(kernel)x\(kernel) kernel does not fit; use larger images")
    }
    return [outputChannels, height, width]
  }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let shape: Shape = [outputChannels, inputs[0][0] / groups, kernel, kernel]
    return [
      ParameterSpecification(
        "weight", shape, .heNormal(fanOut: outputChannels * kernel * kernel), decays: true)
    ]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    return rule
  }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    try PreparedConvolution(self, at: site)
  }
}

/// Extent after a sliding window: floor, as everywhere in this field.
func outputExtent(_ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int = 1) -> Int {
  let span = input + 2 * padding - dilation * (kernel - 1) - 1
  return span < 0 ? 0 : span / stride + 1
}

private final class PreparedConvolution: PreparedOperation {
  private let site: Site
  private let kernel: ConvolutionKernel

  init(_ operation: Convolution, at site: Site) throws {
    self.site = site
    let input = site.inputShapes[0]
    let output = site.outputShape
    let geometry = ConvolutionGeometry(
      batch: site.batch, input: (input[0], input[1], input[2]), output: (output[0], output[1], output[2]),
      kernel: (operation.kernel, operation.kernel), stride: operation.stride, padding: operation.padding,
      dilation: operation.dilation, groups: operation.groups)
    kernel = try ConvolutionKernel(
      geometry, training: site.isTraining, needsInputGradient: site.inputGradients[0] != nil, on: site.engine)
  }

  func forward() throws {
    try kernel.forward(input: site.inputs[0], weights: site.parameters[0].baseAddress!, output: site.output)
  }

  func backward() throws {
    let outputGradient = site.outputGradient!
    try kernel.backward(
      outputGradient: outputGradient, input: site.inputs[0], weightGradient: site.parameterGradients[0].baseAddress!)
    if let inputGradient = site.inputGradients[0] {
      try kernel.backward(
        outputGradient: outputGradient, weights: site.parameters[0].baseAddress!, inputGradient: inputGradient)
    }
  }
}
