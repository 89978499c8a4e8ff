import Tensors

/// What one pass over a network does, in which order, and in which memory: a pure value, made before anything is
/// allocated.
///
/// A pass is a list of sections; a section runs its steps tile by tile over the batch, then exchanges statistics, if any.
/// A buffer that is used in one section only holds one tile; others hold the whole batch. Buffers that do not live
/// together share memory.
public struct ExecutionPlan: Hashable, Sendable {
  public enum Mode: Hashable, Sendable { case training, evaluation }

  /// A piece of the activation arena.
  public struct Buffer: Hashable, Sendable {
    /// The value or gradient that lives here, for people.
    public var label: String
    public var type: ElementType
    public var bytesPerSample: Int
    /// Samples that it holds: the batch, or a tile.
    public var samples: Int
    /// Whether it holds one tile at a time.
    public var isTile: Bool
    /// In steps of the plan, and of the caller: one before the first and one between the passes.
    public var interval: Interval
    public var offset: Int
  }

  public enum Action: Hashable, Sendable {
    /// A `PreparedOperation`'s call of that name.
    case forward, gather, backward, gatherGradient
    /// Adds the two input buffers into the output.
    case sum
    /// Copies the first input buffer into the output, from one element type to another where they differ.
    case copy
  }

  /// One call on every tile. Numbers are indices of buffers.
  public struct Step: Hashable, Sendable {
    public var action: Action
    public var node: Int
    public var inputs: [Int?] = []
    public var output: Int?
    public var outputGradient: Int?
    public var inputGradients: [Int?] = []
    public var workspace: Int?
    /// Which of the engine's staging buffers holds the node's weights; only for nodes with weights.
    public var slot = 0

    /// What it reads and writes, the same buffer perhaps more than once.
    var buffers: [Int] { (inputs + [output, outputGradient, workspace] + inputGradients).compactMap { $0 } }
  }

  public struct Section: Hashable, Sendable {
    public var steps: Range<Int>
    /// Samples of a tile.
    public var tile: Int
    /// Nodes whose numbers are merged over the ranks at its end, in this order.
    public var exchanges: [Int]
    /// Nodes that have run in it, in this order. In the backward pass the gradients of their parameters are final.
    public var finished: [Int]
  }

  public let mode: Mode
  public let batch: Int
  public let options: PlanOptions
  /// The graph that is run: what was given, fused.
  public let graph: Graph
  public let buffers: [Buffer]
  /// Bytes of the activation arena.
  public let bytes: Int
  public let steps: [Step]
  /// How each node reads and writes activations.
  public let computeTypes: [ElementType]
  public let forward: [Section]
  /// Empty for evaluation.
  public let backward: [Section]
  /// Where the samples go before the forward pass, in this buffer's type.
  public let input: Int
  /// Where each output of the graph is after the forward pass, and where its gradient goes before the backward pass.
  public let outputs: [Int]
  public let outputGradients: [Int]

  public init(_ graph: Graph, batch: Int, mode: Mode, options: PlanOptions = PlanOptions()) {
    precondition(options.tile ?? 1 > 0 && options.threads > 0, "\(options) cannot be planned")
    self.mode = mode
    self.batch = batch
    self.options = options
    self.graph = graph.fused()
    var planner = Planner(self.graph, batch: batch, mode: mode, options: options)
    forward = planner.planForward()
    backward = mode == .training ? planner.planBackward() : []
    steps = planner.steps
    computeTypes = self.graph.nodes.indices.map(planner.computeType)
    input = planner.input
    outputs = planner.outputs
    outputGradients = planner.gradients.ofOutputs
    (buffers, bytes) = planner.drafts.placed(batch: batch)
  }
}
