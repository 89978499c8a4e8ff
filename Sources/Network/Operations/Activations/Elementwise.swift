import Kernels
import Tensors

/// An activation function, applied to every element; all of them but ReLU, which is fused with its neighbours.
///
/// In forward mode an element's derivative will be multiplied by its tangent, which is what `ActivationKernel.backward`
/// computes: no further kernel is needed.
public struct Elementwise: Operation {
  public var function: ActivationFunction

  public init(_ function: ActivationFunction) {
    switch function {
    case .leakyReLU(let slope): precondition(slope >= 0, "a slope of \(slope): the gradient is taken from the output")
    case .elu(let alpha): precondition(alpha >= 0, "an alpha of \(alpha): the gradient is taken from the output")
    case .hardTanh(let low, let high): precondition(low < high, "a range from \(low) to \(high)")
    default: break
    }
    self.function = function
  }

  public var kind: String {
    switch function {
    case .relu6: "relu6"
    case .leakyReLU: "leaky relu"
    case .elu: "elu"
    case .selu: "selu"
    case .silu: "silu"
    case .gelu: "gelu"
    case .geluTanh: "gelu (tanh)"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .hardTanh: "hard tanh"
    case .hardSigmoid: "hard sigmoid"
    case .hardSwish: "hard swish"
    }
  }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  /// At 0.1 to 1.5 ns an element on one AVX-512 core, computing a value again costs no more than memory's part in
  /// keeping it.
  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsOutput = function.gradientReadsOutput
    rule.backwardReadsInputs = !function.gradientReadsOutput
    rule.overwritesInput = true
    rule.overwritesGradient = true
    rule.isCheap = true
    return rule
  }

  /// oneDNN's functions need a processor for it. SELU's are computed in two steps, and would be rounded twice.
  public var bf16Support: BF16Support {
    switch function {
    case .relu6, .hardTanh, .hardSigmoid: .everywhere
    case .selu: .none
    default: .whereNative
    }
  }

  public func prepare(at site: Site) throws -> any PreparedOperation { try PreparedElementwise(function, at: site) }
}

private final class PreparedElementwise: PreparedOperation {
  private let readsOutput: Bool
  private let kernel: ActivationKernel

  init(_ function: ActivationFunction, at site: Site) throws {
    readsOutput = function.gradientReadsOutput
    kernel = try ActivationKernel(
      function, count: site.outputElements, type: site.type, training: site.isTraining, on: site.engine)
  }

  func forward(_ call: Call) throws {
    try kernel.forward(input: call.inputs[0], output: call.output)
  }

  func backward(_ call: Call) throws {
    guard let inputGradient = call.inputGradients[0] else { return }
    try kernel.backward(
      read: readsOutput ? call.output : call.inputs[0], outputGradient: call.outputGradient!,
      inputGradient: inputGradient)
  }
}
