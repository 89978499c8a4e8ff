import Kernels
import Tensors

/// Group normalisation (Wu and He 2018), as PyTorch's `GroupNorm`: y = (x - mean) / sqrt(variance + epsilon) * weight + bias,
/// with the mean and the biased variance of one sample's group of neighbouring channels. As many groups as channels give
/// instance normalisation.
///
/// In forward mode the input's tangent t gives weight r (t - mean of t - x̂ mean of x̂ t), r the inverse deviation.
public struct GroupNorm: Operation {
  public var groups: Int
  public var epsilon: Float

  public init(groups: Int, epsilon: Float = 1e-5) {
    (self.groups, self.epsilon) = (groups, epsilon)
  }

  public var kind: String { "group norm" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3 || inputs[0].rank == 1, inputs[0].elements > 0 else {
      throw ShapeError(kind, inputs, "it needs channels, height and width, or a vector")
    }
    guard groups > 0, inputs[0][0] % groups == 0 else {
      throw ShapeError(kind, inputs, "\(inputs[0][0]) channels do not divide into \(groups) groups")
    }
    return inputs[0]
  }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let shape: Shape = [inputs[0][0]]
    return [
      ParameterSpecification("weight", shape, .constant(1), decays: false),
      ParameterSpecification("bias", shape, .constant(0), decays: false),
    ]
  }

  /// The moments of each group.
  public func workspaceBytes(for inputs: [Shape]) -> Int { groups * MemoryLayout<GroupMoments>.stride }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    rule.overwritesInput = true
    rule.overwritesGradient = true
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedGroupNorm(self, at: site) }
}

/// What is kept of a group for backward.
struct GroupMoments: BitwiseCopyable {
  var mean: Double
  /// 1 / sqrt(variance + epsilon)
  var inverseDeviation: Double
}
