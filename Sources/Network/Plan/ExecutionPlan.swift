import Tensors

/// What one pass over a network does, in which order, and in which memory: a pure value, made before anything is
/// allocated.
///
/// Steps are numbered: node i runs forward at step i, the loss follows at step `nodes`, and node i runs backward at step
/// `2 nodes - i`. A buffer lives from the step that first writes it to the last that reads it; buffers that do not live
/// together share memory.
public struct ExecutionPlan: Hashable, Sendable {
  public enum Mode: Hashable, Sendable { case training, evaluation }

  /// A piece of the activation arena.
  public struct Buffer: Hashable, Sendable {
    /// The values or gradients that live here, for people.
    public var label: String
    public var interval: Interval
    public var offset: Int
  }

  /// What happens to the gradients after a node has run backward.
  public struct GradientSum: Hashable, Sendable {
    public let first, second, result: Int
    public let elements: Int
  }

  /// Where a node finds its gradients.
  public struct BackwardStep: Hashable, Sendable {
    public let node: Int
    /// Buffer of the output's gradient.
    public let outputGradient: Int
    /// Buffer that receives each input's gradient; nil where none is wanted.
    public let inputGradients: [Int?]
    /// Additions that join this node's gradients with those of other readers of the same value.
    public let sums: [GradientSum]
  }

  public let mode: Mode
  public let batch: Int
  public let buffers: [Buffer]
  /// Bytes of the activation arena.
  public let bytes: Int
  /// The buffer of each value, and of each node's workspace.
  public let bufferOfValue: [Int]
  public let workspaceOfNode: [Int?]
  /// The buffers that take the gradient of each output of the graph.
  public let outputGradients: [Int]
  /// Nodes in the order of the backward pass; empty for evaluation.
  public let backward: [BackwardStep]

  public init(_ graph: Graph, batch: Int, mode: Mode) {
    self.mode = mode
    self.batch = batch
    var planner = Planner(graph, batch: batch, mode: mode)
    planner.planForward()
    backward = mode == .training ? planner.planBackward() : []
    let packed = packIntervals(planner.buffers.map(\.interval))
    buffers = zip(planner.buffers, packed.offsets).map { buffer, offset in
      var placed = buffer
      placed.offset = offset
      return placed
    }
    bytes = packed.bytes
    bufferOfValue = planner.bufferOfValue
    workspaceOfNode = planner.workspaceOfNode
    outputGradients = planner.outputGradients
  }
}
