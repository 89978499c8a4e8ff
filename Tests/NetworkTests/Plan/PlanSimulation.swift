import Network
import Tensors

/// Walks through a plan section by section, tile by tile and step by step, with names in place of numbers and knowing
/// nothing of how the plan was made. Every read is checked against what the graph says it must find.
struct PlanSimulation {
  let plan: ExecutionPlan
  let expected: ExpectedTensors
  var tensors = FormalTensors()
  private var memory = SimulatedMemory()
  /// Nodes whose statistics, or sums of gradients, all ranks have.
  var exchanged: [PassDirection: Set<Int>] = [.forward: [], .backward: []]
  private(set) var problems: [String] = []

  enum PassDirection: Hashable { case forward, backward }

  /// Samples that one round of a section's steps works on.
  typealias Tile = Range<Int>

  /// Runs the plan and returns what was found wrong.
  static func problems(_ plan: ExecutionPlan) -> [String] {
    var simulation = PlanSimulation(plan)
    simulation.run()
    return VisitRules.problems(plan) + simulation.problems
  }

  private init(_ plan: ExecutionPlan) {
    self.plan = plan
    expected = ExpectedTensors(plan.graph, &tensors)
  }

  var graph: Graph { plan.graph }

  private mutating func run() {
    let batch = 0..<plan.batch
    write(expected.values[graph.input.index], inputType, to: plan.input, batch, "the network's input")
    for section in plan.forward { run(section, .forward) }
    readOutputs()
    guard plan.mode == .training else { return }
    for (index, buffer) in plan.outputGradients.enumerated() {
      write(expected.callerGradients[index], .f32, to: buffer, batch, "the gradient of output \(index)")
    }
    readOutputs()
    for section in plan.backward { run(section, .backward) }
  }

  /// Nobody who computes in f32 may find the input rounded.
  private var inputType: ElementType {
    let readers = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(graph.input) }
    let isAnswer = graph.outputs.contains(graph.input)
    return isAnswer || readers.contains { plan.computeTypes[$0] == .f32 } ? .f32 : plan.options.activations
  }

  private mutating func readOutputs() {
    for (output, buffer) in zip(graph.outputs, plan.outputs) {
      read(expected.values[output.index], .f32, from: buffer, 0..<plan.batch, "output \(output.index) of the network")
    }
  }

  private mutating func run(_ section: ExecutionPlan.Section, _ direction: PassDirection) {
    for first in stride(from: 0, to: plan.batch, by: section.tile) {
      let tile = first..<first + section.tile
      for step in plan.steps[section.steps] { run(step, tile, direction) }
    }
    exchanged[direction]!.formUnion(section.exchanges)
  }

  // MARK: Memory

  mutating func note(_ problem: String) {
    if problems.count < 10 { problems.append(problem) }
  }

  mutating func write(
    _ tensor: Int, _ type: ElementType, to buffer: Int, _ tile: Tile, _ what: @autoclosure () -> String
  ) {
    if plan.buffers[buffer].type != type { note("\(what()), \(type), goes to \(plan.buffers[buffer])") }
    for sample in tile {
      memory.write(.init(tensor: tensor, sample: sample, type: type), at: range(buffer, sample, tile))
    }
  }

  mutating func read(
    _ tensor: Int, _ type: ElementType, from buffer: Int?, _ tile: Tile, _ what: @autoclosure () -> String
  ) {
    guard let buffer else { return note("\(what()) is nowhere") }
    for sample in tile where content(buffer, sample, tile) != .init(tensor: tensor, sample: sample, type: type) {
      let found = content(buffer, sample, tile)
      let name = found.map { "\(tensors[$0.tensor]) of sample \($0.sample), \($0.type)" } ?? "nothing whole"
      return note("\(what()) of sample \(sample), \(type), is not in \(plan.buffers[buffer]), but \(name)")
    }
  }

  /// What the buffer holds of every sample of the tile, where that is the same of all.
  func content(of buffer: Int, _ tile: Tile) -> (tensor: Int, type: ElementType)? {
    guard let first = content(buffer, tile.lowerBound, tile) else { return nil }
    let isOfAll = tile.allSatisfy {
      content(buffer, $0, tile) == .init(tensor: first.tensor, sample: $0, type: first.type)
    }
    return isOfAll ? (first.tensor, first.type) : nil
  }

  private func content(_ buffer: Int, _ sample: Int, _ tile: Tile) -> SimulatedMemory.Content? {
    memory.content(at: range(buffer, sample, tile))
  }

  private func range(_ buffer: Int, _ sample: Int, _ tile: Tile) -> Range<Int> {
    let place = plan.buffers[buffer]
    let first = place.offset + (place.isTile ? sample - tile.lowerBound : sample) * place.bytesPerSample
    precondition(first + place.bytesPerSample <= place.offset + place.samples * place.bytesPerSample)
    precondition(first + place.bytesPerSample <= plan.bytes)
    return first..<first + place.bytesPerSample
  }
}
