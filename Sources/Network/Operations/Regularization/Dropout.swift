import Kernels
import Tensors

/// Sets every element to zero with a probability, and divides the others by what remains of 1, so that the mean stays.
/// The identity in evaluation. As PyTorch's `nn.Dropout`; Srivastava et al. 2014.
///
/// Which elements fall is a function of `SiteRandom` and of the element's place in its sample. The mask is drawn again in
/// the backward pass rather than kept. In forward mode a tangent goes through the same mask as a gradient.
public struct Dropout: Operation {
  public var probability: Double

  /// - Parameter probability: of being dropped, in 0...1.
  public init(probability: Double = 0.5) {
    precondition((0...1).contains(probability), "dropout with a probability of \(probability)")
    self.probability = probability
  }

  public var kind: String { "dropout" }
  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public var memory: MemoryRule { .mask }
  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation {
    PreparedDropout(
      DropoutRule(probability: probability, scale: probability < 1 ? Float(1 / (1 - probability)) : 0), at: site)
  }
}

/// Dropout for networks of SELU: what falls takes SELU's negative limit, and a linear map restores mean 0 and variance
/// 1. The identity in evaluation. As PyTorch's `nn.AlphaDropout`; Klambauer et al. 2017.
///
/// Random numbers, memory and forward mode are those of `Dropout`.
public struct AlphaDropout: Operation {
  public var probability: Double

  /// - Parameter probability: of being dropped, in 0...1. At 1 everything becomes zero.
  public init(probability: Double = 0.5) {
    precondition((0...1).contains(probability), "alpha dropout with a probability of \(probability)")
    self.probability = probability
  }

  public var kind: String { "alpha dropout" }
  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public var memory: MemoryRule { .mask }
  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation {
    guard probability < 1 else { return PreparedDropout(DropoutRule(probability: 1, scale: 0), at: site) }
    let limit = ActivationFunction.seluScale * ActivationFunction.seluAlpha
    let scale = 1 / ((limit * limit * probability + 1) * (1 - probability)).squareRoot()
    let shift = scale * limit * probability
    return PreparedDropout(
      DropoutRule(
        probability: probability, scale: Float(scale), shift: Float(shift), dropped: Float(shift - scale * limit)),
      at: site)
  }
}

extension MemoryRule {
  /// Of operations that multiply by random numbers which they draw again.
  static var mask: MemoryRule {
    var rule = MemoryRule()
    rule.overwritesInput = true
    rule.overwritesGradient = true
    rule.isCheap = true
    return rule
  }
}

private final class PreparedDropout: PreparedOperation {
  private let rule: DropoutRule
  private let site: Site
  private let isIdentity: Bool
  private let random: SiteRandom

  init(_ rule: DropoutRule, at site: Site) {
    (self.rule, self.site) = (rule, site)
    isIdentity = !site.isTraining || rule.probability == 0
    random = SiteRandom(at: site)
  }

  func forward(_ call: Call) {
    let (input, output) = (call.inputs[0], call.output)
    guard !isIdentity else { return copy(input, to: output) }
    forEachSample(call) { start, count, random in
      rule.forward(input + start, into: output + start, count: count, type: site.type, random: random)
    }
  }

  func backward(_ call: Call) {
    guard let inputGradient = call.inputGradients[0] else { return }
    let outputGradient = call.outputGradient!
    guard !isIdentity else { return copy(outputGradient, to: inputGradient) }
    forEachSample(call) { start, count, random in
      rule.backward(
        outputGradient: outputGradient + start, into: inputGradient + start, count: count, type: site.type,
        random: random)
    }
  }

  private func copy(_ source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer) {
    if source != destination {
      destination.copyMemory(from: source, byteCount: site.outputElements * site.type.bytes)
    }
  }

  /// Calls `body` with where a sample starts, in bytes, its elements, and its random numbers.
  private func forEachSample(_ call: Call, _ body: (Int, Int, KeyedRandom) -> Void) {
    let elements = site.outputShape.elements
    site.engine.team.forEachSample(call.samples.count, elements: elements) { index in
      body(index * elements * site.type.bytes, elements, random.ofSample(call.samples.lowerBound + index))
    }
  }
}
