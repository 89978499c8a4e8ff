import Kernels
import Tensors

/// Some neighbouring channels, `[C, H, W] -> [channels.count, H, W]`, or of a vector. Several of them split a tensor.
///
/// In forward mode a slice of the tangent is taken.
public struct Slice: Operation {
  public var channels: Range<Int>

  public init(channels: Range<Int>) { self.channels = channels }

  public var kind: String { "slice" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.rank > 0, !channels.isEmpty, channels.lowerBound >= 0, channels.upperBound <= input[0] else {
      throw ShapeError(kind, inputs, "there are no channels \(channels)")
    }
    return Shape([channels.count] + input.dimensions.dropFirst())
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedSlice(channels, at: site) }
}

private final class PreparedSlice: PreparedOperation {
  private let range: ChannelRange
  private let inputBytes: Int

  init(_ channels: Range<Int>, at site: Site) {
    range = ChannelRange(channels, of: site.inputShapes[0], at: site)
    inputBytes = site.inputElements(0) * site.type.bytes
  }

  func forward(_ call: Call) { range.extract(from: call.inputs[0], to: call.output) }

  func backward(_ call: Call) {
    guard let gradient = call.inputGradients[0] else { return }
    gradient.initializeMemory(as: UInt8.self, repeating: 0, count: inputBytes)
    range.insert(call.outputGradient!, into: gradient)
  }
}

extension Graph {
  /// Splits a tensor along its channels into parts of these sizes, by nodes named `name.0`, `name.1`, ...
  public mutating func split(_ name: String, _ value: Value, into sizes: [Int]) throws -> [Value] {
    let shape = shape(of: value)
    guard shape.rank > 0, sizes.reduce(0, +) == shape[0], sizes.allSatisfy({ $0 > 0 }) else {
      let error = ShapeError("split", [shape], "its channels are not parts of \(sizes)")
      throw GraphError(node: name, network: self.name, cause: error)
    }
    var start = 0
    return try sizes.enumerated().map { index, size in
      defer { start += size }
      return try add("\(name).\(index)", Slice(channels: start..<start + size), value)
    }
  }

  /// Concatenates along the channels.
  public mutating func concat(_ name: String, _ values: [Value]) throws -> Value {
    try add(name, Concat(inputs: values.count), values)
  }
}
