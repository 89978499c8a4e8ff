import Kernels
import Tensors

/// The sum of two tensors of one shape, element by element: where a residual branch joins.
public struct Add: Operation {
  public init() {}

  public var kind: String { "add" }
  public var inputCount: Int { 2 }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs.count == 2, inputs[0] == inputs[1] else {
      throw ShapeError(kind, inputs, "it needs two tensors of one shape")
    }
    return inputs[0]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.overwritesInput = true
    rule.passesGradientTo = [0, 1]
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedAdd(at: site) }
}

private final class PreparedAdd: PreparedOperation {
  private let site: Site

  init(at site: Site) { self.site = site }

  func forward(_ call: Call) {
    sum(
      call.inputs[0], call.inputs[1], into: call.output, count: site.outputElements, type: site.type,
      team: site.engine.team)
  }

  func backward(_ call: Call) {}
}
