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

  /// Bytes per sample that forward keeps for backward besides inputs and output. The samples of a tile lie one behind the
  /// other, since backward may be called with tiles of another size.
  func workspaceBytes(for inputs: [Shape]) -> Int

  /// Whether its training pass needs numbers from the other samples of the batch, on this rank and on others, before it
  /// can go on. Then what `prepare` answers for training is a `PreparedExchange`.
  var exchangesStatistics: Bool { get }

  /// Whether it reads and writes bf16 activations itself; else it is given f32 copies of them.
  var bf16Support: BF16Support { get }

  /// Makes it ready to run at one place of one plan.
  func prepare(at site: Site) throws -> any PreparedOperation
}

extension Operation {
  public var inputCount: Int { 1 }
  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] { [] }
  public func statistics(for inputs: [Shape]) -> [StatisticSpecification] { [] }
  public func workspaceBytes(for inputs: [Shape]) -> Int { 0 }
  public var exchangesStatistics: Bool { false }
  public var bf16Support: BF16Support { .none }
}

/// On which processors an operation computes on bf16 activations itself.
public enum BF16Support: Hashable, Sendable {
  case none
  /// Those with instructions for it, as oneDNN's primitives.
  case whereNative
  /// All of them.
  case everywhere
}

/// An operation made ready for tiles of one size. It is called tile by tile, in the order of the samples.
public protocol PreparedOperation: AnyObject {
  /// Reads the tile's inputs, writes its output. May be called again for the same tile during the backward pass, to
  /// restore an output that was not kept, and then writes the same bits.
  func forward(_ call: Call) throws

  /// Reads the gradient of the tile's output and whatever the memory rule names; writes the gradients of the inputs that
  /// want one. Gradients of parameters are overwritten by the first tile (`call.isFirst`), added to by the others, and
  /// complete after the last.
  func backward(_ call: Call) throws
}

/// An operation whose training pass waits for all samples of the batch, on all ranks. For each direction every tile is
/// gathered, then the numbers of `site.moments` or `site.gradientSums` are merged over the ranks, then `complete...` is called once, and the
/// tiles follow with `forward` or `backward`. On a rank without samples only `complete...` is called.
///
/// Calls may come in tiles of any size. Of what the memory rule names, `gatherGradient` reads everything, and `backward`
/// the inputs alone.
public protocol PreparedExchange: PreparedOperation {
  /// Adds the tile's input to the moments.
  func gather(_ call: Call) throws
  func completeForward()
  /// Adds the tile to the sums. May change the output's gradient where the memory rule says so.
  func gatherGradient(_ call: Call) throws
  /// Called when the sums are those of all tiles, before they are merged over the ranks: the gradients of the parameters
  /// are this rank's share.
  func noteLocalSums()
  func completeBackward()
}

/// What an operation's two directions read and may overwrite.
public struct MemoryRule: Hashable, Sendable {
  /// Backward reads the inputs again, but for those of `backwardSkips`.
  public var backwardReadsInputs = false
  public var backwardSkips: Set<Int> = []
  /// Backward reads the output again.
  public var backwardReadsOutput = false
  /// Forward may write its output over an input of the same size that nobody needs any more.
  public var overwritesInput = false
  /// Backward may write the gradient of its first input over that of its output. Not together with `passesGradientTo`.
  public var overwritesGradient = false
  /// The inputs whose gradient is that of the output itself, so that backward has nothing to write for them.
  public var passesGradientTo: Set<Int> = []
  /// Backward changes the output's gradient in place before it is read or passed on. Only where `bf16Support` is
  /// `everywhere`: what it is given must be the gradient itself and not a copy in another type.
  public var changesOutputGradient = false
  /// Forward costs so little that running it again in the backward pass beats keeping its output for the whole batch.
  public var isCheap = false

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
