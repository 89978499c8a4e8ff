import Tensors

/// Turns schedules into steps, and assigns values and gradients to buffers.
struct Planner {
  let graph: Graph
  let batch: Int
  let mode: ExecutionPlan.Mode
  let options: PlanOptions
  let retention: Retention
  let producers: [Int?]
  private let readersOfInput: [Int]

  var steps: [ExecutionPlan.Step] = []
  var drafts = BufferDrafts()
  /// The staging buffers of the current section's nodes with weights.
  private var slots: [Int: Int] = [:]

  /// Where each value is at this point.
  var bufferOfValue: [Int?]
  var workspaceOfNode: [Int?]
  var gradients: GradientPlan
  var input = 0
  var outputs: [Int] = []

  init(_ graph: Graph, batch: Int, mode: ExecutionPlan.Mode, options: PlanOptions) {
    (self.graph, self.batch, self.mode, self.options) = (graph, batch, mode, options)
    retention = Retention(graph, options)
    producers = graph.producersOfValues()
    readersOfInput = graph.nodesReadingValues()[graph.input.index]
    bufferOfValue = Array(repeating: nil, count: graph.shapes.count)
    workspaceOfNode = Array(repeating: nil, count: graph.nodes.count)
    gradients = GradientPlan(values: graph.shapes.count)
  }

  // MARK: The graph

  func rule(_ node: Int) -> MemoryRule { graph.nodes[node].operation.operation.memory }

  /// Whether it is the network's input or one of its answers.
  func belongsToCaller(_ value: Int) -> Bool {
    value == graph.input.index || graph.outputs.contains { $0.index == value }
  }

  /// What the caller sees is f32 in every precision. The network's input is converted as it comes, if everyone who reads
  /// it computes on bf16.
  func type(_ value: Int) -> ElementType {
    if graph.outputs.contains(where: { $0.index == value }) { return .f32 }
    guard value == graph.input.index else { return options.activations }
    return readersOfInput.contains { computeType($0) == .f32 } ? .f32 : options.activations
  }

  /// How a node reads and writes activations.
  func computeType(_ node: Int) -> ElementType {
    guard type(graph.nodes[node].output.index) == .bf16 else { return .f32 }
    switch graph.nodes[node].operation.operation.bf16Support {
    case .none: return .f32
    case .whereNative: return options.hasNativeBF16 ? .bf16 : .f32
    case .everywhere: return .bf16
    }
  }

  private func holdsWeights(_ node: Int) -> Bool {
    graph.nodes[node].operation.operation.holdsWeights(for: graph.nodes[node].inputs.map(graph.shape(of:)))
  }

  // MARK: Buffers

  /// - Parameter type: nil for the value's own.
  mutating func newBuffer(_ label: String, like value: Int, as type: ElementType? = nil) -> Int {
    let type = type ?? self.type(value)
    return drafts.add(label, type, bytesPerSample: graph.shapes[value].elements * type.bytes)
  }

  /// The buffer itself where it has the type, else a copy for one tile.
  mutating func converted(_ buffer: Int, of value: Int, to type: ElementType, at node: Int) -> Int {
    guard drafts.type(buffer) != type else { return buffer }
    let copy = newBuffer("\(type) copy at \(graph.nodes[node].name)", like: value, as: type)
    emit(ExecutionPlan.Step(action: .copy, node: node, inputs: [buffer], output: copy))
    return copy
  }

  // MARK: Steps

  mutating func emit(_ step: ExecutionPlan.Step) {
    var step = step
    if holdsWeights(step.node) {
      step.slot = slots[step.node] ?? slots.count
      slots[step.node] = step.slot
    }
    drafts.addStep(using: step.buffers)
    steps.append(step)
  }

  /// A step with the inputs that it reads, wherever they are now, in the type that the node computes in.
  mutating func step(
    _ action: ExecutionPlan.Action, _ node: Int, reading reads: (Int) -> Bool
  ) -> ExecutionPlan.Step {
    var step = ExecutionPlan.Step(action: action, node: node)
    for (position, input) in graph.nodes[node].inputs.enumerated() {
      step.inputs.append(
        reads(position)
          ? converted(bufferOfValue[input.index]!, of: input.index, to: computeType(node), at: node) : nil)
    }
    return step
  }

  /// Emits a step that runs a node forward into `buffer`, by way of a copy where the node computes in another type.
  mutating func emitForward(_ node: Int, into buffer: Int) {
    var step = step(.forward, node, reading: { _ in true })
    let (value, type) = (graph.nodes[node].output.index, computeType(node))
    let label = "\(type) \(graph.nodes[node].name)"
    let written = drafts.type(buffer) == type ? buffer : newBuffer(label, like: value, as: type)
    step.output = written
    step.workspace = workspaceOfNode[node]
    emit(step)
    if written != buffer {
      emit(ExecutionPlan.Step(action: .copy, node: node, inputs: [written], output: buffer))
    }
    bufferOfValue[value] = buffer
  }

  // MARK: Sections

  /// The steps of a section, planned visit by visit.
  mutating func section(
    _ scheduled: Schedule.Section, _ visit: (inout Planner, Schedule.Visit) -> Void
  ) -> ExecutionPlan.Section {
    let firstStep = steps.count
    slots = [:]
    for each in scheduled.visits { visit(&self, each) }
    let tile = tile(of: steps[firstStep...])
    drafts.endSection(tile: tile)
    return ExecutionPlan.Section(
      steps: firstStep..<steps.count, tile: tile, exchanges: scheduled.exchanges,
      finished: scheduled.visits.filter { !$0.gathers }.map(\.node))
  }

  /// What the caller does between the passes, with whole batches: a section of the plan's time without steps of its own.
  mutating func callerUses(_ buffers: [Int]) {
    drafts.addStep(using: buffers)
    drafts.endSection(tile: batch)
  }

  private func tile(of steps: ArraySlice<ExecutionPlan.Step>) -> Int {
    if let wanted = options.tile { return TileRule.divisor(of: batch, atMost: wanted) }
    let bytes = steps.map { step in Set(step.buffers).reduce(0) { $0 + drafts.bytesPerSample($1) } }
    let weights = steps.map { step in
      let node = graph.nodes[step.node]
      return node.operation.operation.parameters(for: node.inputs.map(graph.shape(of:)))
        .reduce(0) { $0 + $1.shape.elements * options.activations.bytes }
    }
    return TileRule.samples(
      batch: batch, bytesPerSample: bytes.max() ?? 0, weightBytes: weights.max() ?? 0, threads: options.threads)
  }
}
