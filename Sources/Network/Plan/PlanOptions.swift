import Tensors

/// What a plan is free to choose, besides the graph and the batch.
public struct PlanOptions: Hashable, Sendable {
  /// Which outputs of cheap operations are computed again in the backward pass instead of being kept.
  public enum Recomputation: String, Hashable, Sendable, CaseIterable {
    /// None: everything that backward reads is kept.
    case none
    /// Those that one step restores from what is kept anyway.
    case activations
    /// All of them, also where that takes a chain of steps, such as the outputs of a stage's residual blocks.
    case chains

    /// Cheap operations between a restored value and what is kept, at most.
    var depth: Int {
      switch self {
      case .none: 0
      case .activations: 1
      case .chains: .max
      }
    }
  }

  /// How activations and their gradients are kept: f32 or bf16.
  public var activations: ElementType
  /// Whether the processor has instructions for bf16; else the operations that need them compute on f32 copies.
  public var hasNativeBF16: Bool
  public var recomputation: Recomputation
  /// Samples of a tile, or fewer where that does not divide the batch; nil lets the plan choose for each section.
  public var tile: Int?
  /// Threads of the rank: each should have a cache's worth of a tile.
  public var threads: Int

  public init(
    activations: ElementType = .f32, hasNativeBF16: Bool = true, recomputation: Recomputation = .activations,
    tile: Int? = nil, threads: Int = 1
  ) {
    precondition(activations == .f32 || activations == .bf16, "activations are f32 or bf16")
    (self.activations, self.hasNativeBF16, self.recomputation) = (activations, hasNativeBF16, recomputation)
    (self.tile, self.threads) = (tile, threads)
  }
}
