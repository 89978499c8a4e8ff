import Kernels
import Tensors

/// Batch normalisation over samples, height and width, per channel (Ioffe and Szegedy 2015), with PyTorch's conventions:
/// the biased variance normalises, the unbiased one enters the running variance,
/// running = (1 - momentum) running + momentum batch. A batch of one value per channel leaves them as they are.
///
/// When training with a `StatisticsReducer`, statistics and their gradients are those of all ranks' samples together,
/// exactly as if one rank held them all. Evaluation uses the running statistics.
///
/// A plan lets it take the addition and the activation that follow: `activation(normalised + second input)`.
public struct BatchNorm: Operation {
  public var momentum: Float
  public var epsilon: Float
  /// The scale's first value: 0 for the last normalisation of a residual branch, if wanted (Goyal et al. 2017), else 1.
  public var initialScale: Float
  var addsResidual = false
  var activation = Activation.identity

  public init(momentum: Float = 0.1, epsilon: Float = 1e-5, initialScale: Float = 1) {
    (self.momentum, self.epsilon, self.initialScale) = (momentum, epsilon, initialScale)
  }

  var isFused: Bool { addsResidual || activation != .identity }

  public var kind: String {
    "batch norm" + (addsResidual ? " + add" : "") + (activation == .relu ? " + relu" : "")
  }

  public var inputCount: Int { addsResidual ? 2 : 1 }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let shape: Shape = [inputs[0][0]]
    return [
      ParameterSpecification("weight", shape, .constant(initialScale), decays: false),
      ParameterSpecification("bias", shape, .constant(0), decays: false),
    ]
  }

  public func statistics(for inputs: [Shape]) -> [StatisticSpecification] {
    let shape: Shape = [inputs[0][0]]
    return [
      StatisticSpecification("running_mean", shape, initialValue: 0),
      StatisticSpecification("running_var", shape, initialValue: 1),
    ]
  }

  /// Where a ReLU cut off is seen from the input alone, but for a residual: then from the output, and the gradient that
  /// passed is the residual's too.
  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    rule.isCheap = true
    if addsResidual {
      rule.backwardSkips = [1]
      rule.passesGradientTo = [1]
      rule.backwardReadsOutput = activation == .relu
      rule.changesOutputGradient = activation == .relu
    }
    return rule
  }

  public var exchangesStatistics: Bool { true }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    site.isTraining ? PreparedBatchNorm(self, at: site) : PreparedInferenceBatchNorm(self, at: site)
  }
}
