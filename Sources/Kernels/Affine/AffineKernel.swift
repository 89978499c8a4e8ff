import COneDNN
import Tensors

/// A convolution, a transposed convolution or a fully connected layer on tiles of a batch: forward, backward to the input,
/// and backward to the weights and the bias.
///
/// Activations are `[N, C, H, W]` stored channels last, or `[N, C]`, f32 or bf16. Weights, bias and their gradients are
/// f32 in the layouts of the arena. Passes want weights in layouts of their own, so the first tile copies them into one of
/// the engine's staging buffers, where they stay for the other tiles.
public final class AffineKernel {
  /// How an operation is used, apart from its sizes.
  public struct Use: Hashable, Sendable {
    /// Of the activations: f32 or bf16.
    public var type: ElementType
    public var hasBias: Bool
    /// Applied to the output; the gradient that `backward` is given must have passed it already. oneDNN's ReLU makes 0 of
    /// a NaN that the operation itself produces; one in its input still shows in the weights' gradient.
    public var activation: Activation
    /// Prepares the weight gradient too.
    public var isTraining: Bool
    /// Prepares the input gradient; the first convolution of a network does without.
    public var needsInputGradient: Bool
    /// Whether there are tiles after the first, whose gradients are added.
    public var isTiled: Bool
    /// The engine's staging buffers that calls may name.
    public var slots: Set<Int>

    public init(
      type: ElementType, hasBias: Bool, activation: Activation = .identity, isTraining: Bool,
      needsInputGradient: Bool, isTiled: Bool, slots: Set<Int>
    ) {
      (self.type, self.hasBias, self.activation) = (type, hasBias, activation)
      (self.isTraining, self.needsInputGradient) = (isTraining, needsInputGradient)
      (self.isTiled, self.slots) = (isTiled, slots)
    }
  }

  /// What a call needs besides the samples.
  public struct Turn {
    let slot: Int
    let isFirst, isLast: Bool

    /// - Parameters:
    ///   - slot: the engine's staging buffer that is the kernel's in this section.
    ///   - isFirst: whether the tile is the first of its section.
    ///   - isLast: whether it is the last.
    public init(slot: Int, isFirst: Bool, isLast: Bool) {
      (self.slot, self.isFirst, self.isLast) = (slot, isFirst, isLast)
    }
  }

  private let engine: Engine
  private let forwardPass: any ActivationPass
  private let inputGradientPass: (any ActivationPass)?
  private let weightGradientPass: (any WeightGradientPass)?

  init(_ primitives: some AffinePrimitives, _ use: Use, on engine: Engine) throws {
    self.engine = engine
    let hint = try primitives.forward(training: use.isTraining, activation: use.activation)
    forwardPass =
      try primitives.ownForward(use) ?? LibraryPass(forward: primitives, chosen: hint, on: engine)
    inputGradientPass =
      use.isTraining && use.needsInputGradient
      ? try primitives.ownInputGradient(use) ?? LibraryPass(inputGradient: primitives, hint: hint, on: engine) : nil
    weightGradientPass =
      use.isTraining
      ? try primitives.ownWeightGradient(use)
        ?? LibraryWeightGradient(primitives, hint: hint, isTiled: use.isTiled, on: engine) : nil
    let bytes = max(forwardPass.stagingBytes, gradientOffset + (weightGradientPass?.stagingBytes ?? 0))
    for slot in use.slots { engine.reserve(staging: bytes, slot: slot) }
  }

  /// Behind the weights for the input gradient, in the same staging buffer.
  private var gradientOffset: Int { roundUp(inputGradientPass?.stagingBytes ?? 0, to: AlignedBuffer.alignment) }

  /// - Parameter bias: nil where the operation has none.
  public func forward(
    input: UnsafeMutableRawPointer, weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?,
    output: UnsafeMutableRawPointer, _ turn: Turn
  ) throws {
    try forwardPass.run(
      from: input, to: output, weights: weights, bias: bias, staging: engine.staging(turn.slot), isFirst: turn.isFirst)
  }

  public func backward(
    outputGradient: UnsafeMutableRawPointer, weights: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutableRawPointer, _ turn: Turn
  ) throws {
    guard let pass = inputGradientPass else { preconditionFailure("prepared without an input gradient") }
    try pass.run(
      from: outputGradient, to: inputGradient, weights: weights, bias: nil, staging: engine.staging(turn.slot),
      isFirst: turn.isFirst)
  }

  /// The first tile overwrites the gradients of weights and bias, the others add to them.
  public func backward(
    outputGradient: UnsafeMutableRawPointer, input: UnsafeMutableRawPointer,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, _ turn: Turn
  ) throws {
    guard let pass = weightGradientPass else { preconditionFailure("prepared without a weight gradient") }
    try pass.run(
      input: input, outputGradient: outputGradient, weights: weightGradient, bias: biasGradient,
      staging: engine.staging(turn.slot) + gradientOffset, isFirst: turn.isFirst,
      isLast: turn.isLast)
  }
}
