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
    rule.passesGradient = true
    return rule
  }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedAdd(at: site) }
}

private final class PreparedAdd: PreparedOperation {
  private let site: Site

  init(at site: Site) { self.site = site }

  func forward() {
    sum(site.inputs[0], site.inputs[1], into: site.output, count: site.outputElements)
  }

  func backward() {}
}
