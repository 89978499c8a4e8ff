import Kernels
import Tensors

/// Prepares the operations of a plan, and the calls of its steps.
struct Preparation {
  private let plan: ExecutionPlan
  private let memory: ReplicaMemory
  private let arena: UnsafeMutableRawPointer
  private let engine: Engine
  private let randomness: PassRandomness
  private let exchanges: ExchangePlaces
  /// One for each size of tile that a node is called with.
  private var operations: [Key: any PreparedOperation] = [:]

  private struct Key: Hashable {
    let node: Int
    let tile: Int
  }

  init(
    _ plan: ExecutionPlan, _ memory: ReplicaMemory, arena: UnsafeMutableRawPointer, engine: Engine,
    randomness: PassRandomness
  ) {
    (self.plan, self.memory, self.arena) = (plan, memory, arena)
    (self.engine, self.randomness) = (engine, randomness)
    exchanges = ExchangePlaces(plan)
  }

  mutating func prepare(_ section: ExecutionPlan.Section, _ direction: Schedule.Direction) throws -> PreparedSection {
    let steps = try plan.batch == 0 ? [] : plan.steps[section.steps].map { try prepare($0, section, direction) }
    let exchanging = try section.exchanges.map { node in
      guard let operation = try operation(node, tile: section.tile) as? any PreparedExchange else {
        preconditionFailure("\(plan.graph.nodes[node].name) exchanges statistics but cannot gather them")
      }
      return operation
    }
    return PreparedSection(
      tiles: plan.batch / max(1, section.tile), steps: steps, exchanging: exchanging,
      exchange: section.exchanges.first.map { exchanges.memory(of: $0, direction) },
      finishedParameters: section.finished.map { memory.parts(of: plan.graph.nodes[$0].name).parameters }
        .filter { !$0.isEmpty })
  }

  private mutating func prepare(
    _ step: ExecutionPlan.Step, _ section: ExecutionPlan.Section, _ direction: Schedule.Direction
  ) throws -> PreparedStep {
    let node = plan.graph.nodes[step.node]
    let work: PreparedStep.Work
    switch step.action {
    case .sum:
      let buffer = plan.buffers[step.output!]
      work = .sum(elements: section.tile * buffer.bytesPerSample / buffer.type.bytes, buffer.type)
    case .copy:
      let (from, to) = (plan.buffers[step.inputs[0]!], plan.buffers[step.output!])
      work = .copy(elements: section.tile * to.bytesPerSample / to.type.bytes, from: from.type, to: to.type)
    default: work = .call(step.action, try operation(step.node, tile: section.tile))
    }
    return PreparedStep(
      name: node.name, phase: StepPhase(step.action, direction, of: node, in: plan.graph), work: work,
      calls: (0..<plan.batch / section.tile).map { call(step, section, tile: $0) })
  }

  private func call(_ step: ExecutionPlan.Step, _ section: ExecutionPlan.Section, tile: Int) -> Call {
    let first = tile * section.tile
    func address(_ buffer: Int?) -> UnsafeMutableRawPointer? {
      guard let buffer else { return nil }
      let place = plan.buffers[buffer]
      return arena + place.offset + (place.isTile ? 0 : first * place.bytesPerSample)
    }
    return Call(
      samples: first..<first + section.tile, isFirst: tile == 0, isLast: first + section.tile == plan.batch,
      slot: step.slot, inputs: step.inputs.map { address($0) ?? arena }, output: address(step.output) ?? arena,
      outputGradient: address(step.outputGradient), inputGradients: step.inputGradients.map(address),
      workspace: address(step.workspace))
  }

  private mutating func operation(_ index: Int, tile: Int) throws -> any PreparedOperation {
    let node = plan.graph.nodes[index]
    let operation = node.operation.operation
    // What it gathers forward it needs backward, so that there is one for tiles of all sizes.
    let isExchange = plan.mode == .training && operation.exchangesStatistics
    let key = Key(node: index, tile: isExchange ? 0 : tile)
    if let present = operations[key] { return present }
    let parts = memory.parts(of: node.name)
    let site = Site(
      name: node.name, batch: plan.batch, tile: tile, isTraining: plan.mode == .training,
      inputShapes: node.inputs.map(plan.graph.shape(of:)), outputShape: plan.graph.shape(of: node.output),
      type: plan.computeTypes[index],
      wantsGradient: node.inputs.map { plan.mode == .training && $0 != plan.graph.input },
      parameters: parts.parameters.map { memory.parameters.floats(of: memory.table.parameters.parts[$0]) },
      parameterGradients: parts.parameters.map { memory.gradients.floats(of: memory.table.parameters.parts[$0]) },
      statistics: parts.statistics.map { memory.statistics.floats(of: memory.table.statistics.parts[$0]) },
      engine: engine, slots: slots(of: index), moments: exchanges.moments(of: index),
      gradientSums: exchanges.sums(of: index), randomness: randomness)
    do {
      let prepared = try operation.prepare(at: site)
      operations[key] = prepared
      return prepared
    } catch let error as KernelError {
      throw PreparationError(node: node.name, network: plan.graph.name, cause: error)
    }
  }

  /// The staging buffers that the node's steps are given.
  private func slots(of node: Int) -> Set<Int> { Set(plan.steps.filter { $0.node == node }.map(\.slot)) }
}

extension StepPhase {
  init(_ action: ExecutionPlan.Action, _ direction: Schedule.Direction, of node: Graph.Node, in graph: Graph) {
    let operation = node.operation.operation
    switch (action, direction) {
    case (.copy, .forward): self.init("copy", "forward")
    case (.copy, .backward): self.init("copy", "backward")
    case (.sum, _): self.init("sum of gradients", "backward")
    case (.gather, _): self.init(operation.kind, "moments")
    case (.gatherGradient, _): self.init(operation.kind, "gradient sums")
    case (.forward, _), (.backward, _):
      let run = action == .backward ? "backward" : direction == .forward ? "forward" : "restore"
      self.init(
        operation.kind, run, multipliesByWeights: operation.holdsWeights(for: node.inputs.map(graph.shape(of:))))
    }
  }
}
