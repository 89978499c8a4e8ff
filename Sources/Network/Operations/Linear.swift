import Kernels
import Tensors

/// A fully connected layer, `[C] -> [K]`: weights `[K, C]`, bias `[K]`. First values as PyTorch's `nn.Linear` draws them:
/// uniform within 1 / sqrt(C).
public struct Linear: Operation {
  public var outputs: Int

  public init(outputs: Int) { self.outputs = outputs }

  public var kind: String { "linear" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 1 else { throw ShapeError(kind, inputs, "it needs vectors; pool or flatten before it") }
    return [outputs]
  }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let bound = 1 / Float(inputs[0][0]).squareRoot()
    return [
      ParameterSpecification("weight", [outputs, inputs[0][0]], .uniform(bound: bound), decays: true),
      ParameterSpecification("bias", [outputs], .uniform(bound: bound), decays: false),
    ]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    return rule
  }

  public func prepare(at site: Site) throws -> any PreparedOperation { try PreparedLinear(at: site) }
}

private final class PreparedLinear: PreparedOperation {
  private let site: Site
  private let kernel: LinearKernel

  init(at site: Site) throws {
    self.site = site
    kernel = try LinearKernel(
      batch: site.batch, inputs: site.inputShapes[0][0], outputs: site.outputShape[0], training: site.isTraining,
      on: site.engine)
  }

  private var weights: UnsafeMutablePointer<Float> { site.parameters[0].baseAddress! }
  private var bias: UnsafeMutablePointer<Float> { site.parameters[1].baseAddress! }

  func forward() throws {
    try kernel.forward(input: site.inputs[0], weights: weights, bias: bias, output: site.output)
  }

  func backward() throws {
    let outputGradient = site.outputGradient!
    try kernel.backward(
      outputGradient: outputGradient, input: site.inputs[0],
      weightGradient: site.parameterGradients[0].baseAddress!,
      biasGradient: site.parameterGradients[1].baseAddress!)
    if let inputGradient = site.inputGradients[0] {
      try kernel.backward(outputGradient: outputGradient, weights: weights, inputGradient: inputGradient)
    }
  }
}
