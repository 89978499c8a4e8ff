import Kernels
import Tensors

/// The mean over height and width, `[C, H, W] -> [C]`.
public struct GlobalAveragePooling: Operation {
  public init() {}

  public var kind: String { "global average pooling" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    return [inputs[0][0]]
  }

  public var memory: MemoryRule { MemoryRule() }
  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation {
    let input = site.inputShapes[0]
    return PreparedLinearMap(
      rows: WindowAxis(bins: 1, of: input[1]).means, columns: WindowAxis(bins: 1, of: input[2]).means, at: site)
  }
}
