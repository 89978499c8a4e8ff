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
    return rule
  }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedReLU(at: site) }
}

private final class PreparedReLU: PreparedOperation {
  private let site: Site

  init(at site: Site) { self.site = site }

  func forward() {
    relu(site.inputs[0], into: site.output, count: site.outputElements)
  }

  func backward() {
    guard let dx = site.inputGradients[0] else { return }
    reluGradient(output: site.output, outputGradient: site.outputGradient!, into: dx, count: site.outputElements)
  }
}
