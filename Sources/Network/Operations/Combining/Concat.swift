import Kernels
import Tensors

/// Tensors one after the other along the channels: `[C1, H, W], [C2, H, W], ... -> [C1 + C2 + ..., H, W]`, or vectors.
///
/// In forward mode the tangents are concatenated.
public struct Concat: Operation {
  public var inputCount: Int

  public init(inputs: Int) {
    precondition(inputs > 0, "a concatenation of nothing")
    inputCount = inputs
  }

  public var kind: String { "concat" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let rests = Set(inputs.map { $0.dimensions.dropFirst() })
    guard inputs.count == inputCount, inputs.allSatisfy({ $0.rank > 0 }), rests.count == 1, let rest = rests.first
    else { throw ShapeError(kind, inputs, "its \(inputCount) tensors may differ in their channels alone") }
    return Shape([inputs.reduce(0) { $0 + $1[0] }] + rest)
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedConcat(at: site) }
}

private final class PreparedConcat: PreparedOperation {
  private let parts: [ChannelRange]

  init(at site: Site) {
    var start = 0
    parts = site.inputShapes.map { shape in
      defer { start += shape[0] }
      return ChannelRange(start..<start + shape[0], of: site.outputShape, at: site)
    }
  }

  func forward(_ call: Call) {
    for (part, input) in zip(parts, call.inputs) { part.insert(input, into: call.output) }
  }

  func backward(_ call: Call) {
    for (part, gradient) in zip(parts, call.inputGradients) {
      if let gradient { part.extract(from: call.outputGradient!, to: gradient) }
    }
  }
}
