import Kernels
import Tensors

/// Sets a whole residual branch to zero with a probability, for each sample alone or for the batch at once, and divides
/// it by what remains of 1 otherwise. The identity in evaluation. As `torchvision.ops.StochasticDepth`; Huang et al. 2016.
///
/// Random numbers, memory and forward mode are those of `Dropout`; a batch's draw is the same on all ranks.
public struct StochasticDepth: Operation {
  /// What falls together; torchvision's modes `row` and `batch`.
  public enum Mode: Hashable, Sendable { case sample, batch }

  public var probability: Double
  public var mode: Mode

  /// - Parameter probability: of being dropped, in 0...1.
  public init(probability: Double, mode: Mode) {
    precondition((0...1).contains(probability), "stochastic depth with a probability of \(probability)")
    (self.probability, self.mode) = (probability, mode)
  }

  public var kind: String { "stochastic depth" }
  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public var memory: MemoryRule { .mask }
  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedStochasticDepth(self, at: site) }
}

private final class PreparedStochasticDepth: PreparedOperation {
  private let operation: StochasticDepth
  private let site: Site
  private let isIdentity: Bool
  private let random: SiteRandom

  init(_ operation: StochasticDepth, at site: Site) {
    (self.operation, self.site) = (operation, site)
    isIdentity = !site.isTraining || operation.probability == 0
    random = SiteRandom(at: site)
  }

  func forward(_ call: Call) { apply(call, from: call.inputs[0], to: call.output) }

  func backward(_ call: Call) {
    guard let inputGradient = call.inputGradients[0] else { return }
    apply(call, from: call.outputGradient!, to: inputGradient)
  }

  private func apply(
    _ call: Call, from source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer
  ) {
    let elements = site.outputShape.elements
    for (index, sample) in call.samples.enumerated() {
      let start = index * elements * site.type.bytes
      scale(
        source + start, by: factor(of: sample), into: destination + start, count: elements, type: site.type,
        team: site.engine.team)
    }
  }

  private func factor(of sample: Int) -> Float {
    guard !isIdentity else { return 1 }
    var random = operation.mode == .batch ? random.ofBatch() : random.ofSample(sample)
    return random.uniform() < operation.probability ? 0 : Float(1 / (1 - operation.probability))
  }
}
