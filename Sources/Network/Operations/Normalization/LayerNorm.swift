import Kernels
import Tensors

/// Layer normalisation (Ba, Kiros and Hinton 2016), as PyTorch's `LayerNorm`: y = (x - mean) / sqrt(variance + epsilon) *
/// weight + bias, with the mean and the biased variance of one sample, or of one of its pixels.
///
/// In forward mode the input's tangent t gives weight r (t - mean of t - x̂ mean of x̂ t), r the inverse deviation.
public struct LayerNorm: Operation {
  /// What is normalised together.
  public enum Scope: Hashable, Sendable {
    /// The channels of each pixel, or of a vector; weight and bias `[C]`. `LayerNorm2d` of ConvNeXt.
    case channels
    /// All of a sample; weight and bias have its shape. `LayerNorm([C, H, W])`.
    case sample
  }

  public var scope: Scope
  public var epsilon: Float

  public init(over scope: Scope = .channels, epsilon: Float = 1e-5) {
    (self.scope, self.epsilon) = (scope, epsilon)
  }

  public var kind: String { "layer norm" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3 || inputs[0].rank == 1, inputs[0].elements > 0 else {
      throw ShapeError(kind, inputs, "it needs channels, height and width, or a vector")
    }
    return inputs[0]
  }

  private func normalisedShape(_ input: Shape) -> Shape { scope == .sample ? input : [input[0]] }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let shape = normalisedShape(inputs[0])
    return [
      ParameterSpecification("weight", shape, .constant(1), decays: false),
      ParameterSpecification("bias", shape, .constant(0), decays: false),
    ]
  }

  /// The statistics of each row.
  public func workspaceBytes(for inputs: [Shape]) -> Int {
    inputs[0].elements / normalisedShape(inputs[0]).elements * LayerNormKernel.bytesPerRow
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    rule.overwritesInput = true
    rule.overwritesGradient = true
    rule.isCheap = true
    return rule
  }

  public func prepare(at site: Site) -> any PreparedOperation {
    PreparedLayerNorm(epsilon: epsilon, width: normalisedShape(site.inputShapes[0]).elements, at: site)
  }
}

private final class PreparedLayerNorm: PreparedOperation {
  private let site: Site
  private let kernel: LayerNormKernel
  private let channels, pixels: Int
  /// Weight and bias of the current step, in the order of the activations.
  private let parameters: AlignedBuffer

  init(epsilon: Float, width: Int, at site: Site) {
    self.site = site
    channels = site.inputShapes[0][0]
    pixels = width / channels
    kernel = LayerNormKernel(
      rows: site.inputElements(0) / width, width: width, epsilon: Double(epsilon), training: site.isTraining,
      team: site.engine.team)
    parameters = AlignedBuffer(bytes: 2 * width * MemoryLayout<Float>.stride)
  }

  private var scale: UnsafeMutablePointer<Float> { parameters.elements(Float.self).baseAddress! }
  private var shift: UnsafeMutablePointer<Float> { scale + channels * pixels }

  /// Parameters have a channel's pixels side by side, as in PyTorch; activations have a pixel's channels.
  private func forEachElement(_ body: (_ activation: Int, _ parameter: Int) -> Void) {
    for pixel in 0..<pixels {
      for c in 0..<channels { body(pixel * channels + c, c * pixels + pixel) }
    }
  }

  private func loadParameters() {
    forEachElement { activation, parameter in
      scale[activation] = site.parameters[0][parameter]
      shift[activation] = site.parameters[1][parameter]
    }
  }

  func forward(_ call: Call) {
    if call.isFirst { loadParameters() }
    kernel.forward(
      call.floats(ofInput: 0), into: call.outputFloats, scale: scale, shift: shift, moments: call.workspace)
  }

  func backward(_ call: Call) {
    if call.isFirst { loadParameters() }
    kernel.backward(
      x: call.floats(ofInput: 0), outputGradient: call.outputGradientFloats, into: call.gradientFloats(ofInput: 0),
      scale: scale, moments: call.workspace!, isFirst: call.isFirst)
    guard call.isLast else { return }
    forEachElement { activation, parameter in
      site.parameterGradients[0][parameter] = kernel.scaleGradient(activation)
      site.parameterGradients[1][parameter] = kernel.shiftGradient(activation)
    }
  }
}
