import Tensors

/// A network as a directed acyclic graph of operations: a pure value, in an order in which every node comes after those
/// that it reads.
public struct Graph: Hashable, Sendable {
  /// A tensor that flows between nodes: the network's input, or the output of a node.
  public struct Value: Hashable, Sendable {
    public let index: Int
  }

  public struct Node: Hashable, Sendable {
    /// The path of the operation in the network, as torchvision names it: `layer1.0.conv1`.
    public let name: String
    public let operation: AnyOperation
    public let inputs: [Value]
    public let output: Value
  }

  /// The architecture's name, such as `resnet18`.
  public let name: String
  public private(set) var nodes: [Node] = []
  /// The shape of one sample of each value.
  public private(set) var shapes: [Shape]
  /// What the network answers, for instance the logits; an auxiliary head adds one more.
  public private(set) var outputs: [Value] = []

  /// Starts a network that takes samples of this shape, `[C, H, W]`.
  public init(name: String, input shape: Shape) {
    self.name = name
    self.shapes = [shape]
  }

  public var input: Value { Value(index: 0) }

  public func shape(of value: Value) -> Shape { shapes[value.index] }

  /// Adds a node and returns what comes out of it. Throws when the shapes do not fit, naming the node.
  public mutating func add(_ name: String, _ operation: some Operation, _ inputs: Value...) throws -> Value {
    try add(name, operation, inputs)
  }

  /// The same for a list of inputs.
  public mutating func add(_ name: String, _ operation: some Operation, _ inputs: [Value]) throws -> Value {
    precondition(!nodes.contains { $0.name == name }, "two nodes are called \(name)")
    precondition(
      inputs.count == operation.inputCount, "\(name): \(operation.kind) reads \(operation.inputCount) tensors")
    let shape: Shape
    do {
      shape = try operation.outputShape(of: inputs.map(shape(of:)))
    } catch {
      throw GraphError(node: name, network: self.name, cause: error)
    }
    return append(name, AnyOperation(operation), inputs, shape: shape)
  }

  /// Adds a node whose shape is known.
  mutating func append(_ name: String, _ operation: AnyOperation, _ inputs: [Value], shape: Shape) -> Value {
    shapes.append(shape)
    let output = Value(index: shapes.count - 1)
    nodes.append(Node(name: name, operation: operation, inputs: inputs, output: output))
    return output
  }

  /// Makes a value one of the network's answers; traps when it is one already.
  public mutating func markOutput(_ value: Value) {
    precondition(!outputs.contains(value), "value \(value.index) of \(name) is an output already")
    outputs.append(value)
  }
}

/// An operation of any kind, comparable as a value.
public struct AnyOperation: Hashable, Sendable {
  public let operation: any Operation

  init(_ operation: any Operation) { self.operation = operation }

  public static func == (left: AnyOperation, right: AnyOperation) -> Bool {
    AnyHashable(left.operation) == AnyHashable(right.operation)
  }

  public func hash(into hasher: inout Hasher) { operation.hash(into: &hasher) }
}

/// A network that cannot be built: for instance because the image is too small for it.
public struct GraphError: Error, CustomStringConvertible {
  public let node: String
  public let network: String
  public let cause: ShapeError

  public var description: String { "\(network) cannot be built: at \(node), \(cause)" }
}
