import Kernels
import Tensors

/// max(x, 0), element by element. Its gradient passes where the output is positive.
public struct ReLU: Operation {
  public init() {}

  public var kind: String { "relu" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsOutput = true
    rule.overwritesInput = true
    rule.overwritesGradient = true
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedReLU(at: site) }
}

private final class PreparedReLU: PreparedOperation {
  private let site: Site

  init(at site: Site) { self.site = site }

  func forward(_ call: Call) {
    relu(
      call.inputs[0], into: call.output, count: site.outputElements, type: site.type, team: site.engine.team)
  }

  func backward(_ call: Call) {
    guard let dx = call.inputGradients[0] else { return }
    reluGradient(
      output: call.output, outputGradient: call.outputGradient!, into: dx, count: site.outputElements, type: site.type,
      team: site.engine.team)
  }
}
