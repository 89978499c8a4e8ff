import Kernels
import Tensors

/// One kind of node in a network's graph: its shape rule, what it learns, what its reverse rule needs, and how to run it.
///
/// Shapes here are those of one sample: `[C, H, W]` for feature maps, `[C]` for vectors; the batch is the plan's business.
/// A forward-mode rule (directional derivatives) will be a further method of `PreparedOperation`, beside `backward`: it
/// needs the same memory as `forward` and nothing that is not stated here.
public protocol Operation: Hashable, Sendable {
  /// The field's name for the operation, for plans and messages.
  var kind: String { get }

  /// How many tensors it reads.
  var inputCount: Int { get }

  /// The shape that comes out, or why these shapes cannot go in.
  func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape

  /// What is learned. Names are suffixes: `weight`, `bias`.
  func parameters(for inputs: [Shape]) -> [ParameterSpecification]

  /// What is tracked but not learned: `running_mean`, `running_var`.
  func statistics(for inputs: [Shape]) -> [StatisticSpecification]

  /// What the memory plan must know.
  var memory: MemoryRule { get }

  /// Bytes that forward keeps for backward besides inputs and output.
  func workspaceBytes(for inputs: [Shape], batch: Int) -> Int

  /// Whether it talks to other ranks, so that it must run on a rank without samples too.
  var exchangesStatistics: Bool { get }

  /// Makes it ready to run at one place of one plan. Not called for an empty batch unless it exchanges statistics.
  func prepare(at site: Site) throws -> any PreparedOperation
}

extension Operation {
  public var inputCount: Int { 1 }
  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] { [] }
  public func statistics(for inputs: [Shape]) -> [StatisticSpecification] { [] }
  public func workspaceBytes(for inputs: [Shape], batch: Int) -> Int { 0 }
  public var exchangesStatistics: Bool { false }
}

/// An operation bound to its memory.
public protocol PreparedOperation: AnyObject {
  /// Reads the site's inputs, writes its output.
  func forward() throws

  /// Reads the output's gradient and whatever the memory rule keeps; writes the gradients of the inputs that want one and
  /// of all parameters (it does not add to them).
  func backward() throws
}

/// What an operation's two directions read and may overwrite.
public struct MemoryRule: Hashable, Sendable {
  /// Backward reads the inputs again.
  public var backwardReadsInputs = false
  /// Backward reads the output again.
  public var backwardReadsOutput = false
  /// Forward may write its output over an input of the same size that nobody needs any more.
  public var overwritesInput = false
  /// Backward may write the gradient of its first input over that of its output.
  public var overwritesGradient = false
  /// The gradient of every input is the gradient of the output, so backward has nothing to do.
  public var passesGradient = false

  public init() {}
}

/// Shapes that do not fit an operation.
public struct ShapeError: Error, Hashable, CustomStringConvertible {
  public let operation: String
  public let inputs: [Shape]
  public let reason: String

  public init(_ operation: String, _ inputs: [Shape], _ reason: String) {
    (self.operation, self.inputs, self.reason) = (operation, inputs, reason)
  }

  public var description: String {
    "\(operation) cannot take \(inputs.map(\.description).joined(separator: " and ")): \(reason)"
  }
}

/// A learned tensor, before it has a place in memory.
public struct ParameterSpecification: Hashable, Sendable {
  public let name: String
  public let shape: Shape
  public let initializer: Initializer
  /// Whether weight decay applies where norms and biases are left out of it.
  public let decays: Bool

  public init(_ name: String, _ shape: Shape, _ initializer: Initializer, decays: Bool) {
    (self.name, self.shape, self.initializer, self.decays) = (name, shape, initializer, decays)
  }
}

/// A tracked tensor: a running statistic, and its value before the first step.
public struct StatisticSpecification: Hashable, Sendable {
  public let name: String
  public let shape: Shape
  public let initialValue: Float

  public init(_ name: String, _ shape: Shape, initialValue: Float) {
    (self.name, self.shape, self.initialValue) = (name, shape, initialValue)
  }
}
