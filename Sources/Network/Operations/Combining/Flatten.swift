import Kernels
import Tensors

/// A feature map as a vector, `[C, H, W] -> [C H W]`, in PyTorch's order: all pixels of the first channel come first. So
/// the weights of a linear layer behind it are those of PyTorch's. Channels last memory is transposed for it.
///
/// In forward mode the tangent is transposed.
public struct Flatten: Operation {
  public init() {}

  public var kind: String { "flatten" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3 || inputs[0].rank == 1 else {
      throw ShapeError(kind, inputs, "it needs channels, height and width, or a vector")
    }
    return [inputs[0].elements]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .whereNative }

  public func prepare(at site: Site) throws -> any PreparedOperation { try PreparedFlatten(at: site) }
}

private final class PreparedFlatten: PreparedOperation {
  private let transposition: Transposition

  init(at site: Site) throws {
    let input = site.inputShapes[0]
    let (height, width) = input.rank == 3 ? (input[1], input[2]) : (1, 1)
    transposition = try Transposition(
      batch: site.tile, channels: input[0], height: height, width: width, type: site.type, on: site.engine)
  }

  func forward(_ call: Call) throws { try transposition.forward(from: call.inputs[0], to: call.output) }

  func backward(_ call: Call) throws {
    guard let gradient = call.inputGradients[0] else { return }
    try transposition.backward(from: call.outputGradient!, to: gradient)
  }
}
