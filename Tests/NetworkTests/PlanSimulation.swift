import Network
import Tensors
import Testing

/// Walks through a plan with numbers in place of tensors, knowing nothing of how it was made: every buffer's bytes hold
/// one number, a write wipes out whatever it touches, and every read is checked against what the graph says it must
/// find.
struct PlanSimulation {
  private let graph: Graph
  private let plan: ExecutionPlan
  private let valueContents: [UInt64]
  private let gradientContents: [UInt64]
  /// What lies in memory: disjoint ranges of bytes.
  private var memory: [(range: Range<Int>, content: UInt64)] = []
  private(set) var problems: [String] = []

  init(_ plan: ExecutionPlan, of graph: Graph) {
    (self.graph, self.plan) = (graph, plan)
    valueContents = PlanSimulation.values(of: graph)
    gradientContents = PlanSimulation.gradients(of: graph)
  }

  /// Runs the plan and returns what was found wrong.
  static func problems(_ plan: ExecutionPlan, of graph: Graph) -> [String] {
    var simulation = PlanSimulation(plan, of: graph)
    simulation.run()
    return simulation.problems
  }

  // MARK: What must be where, from the graph alone

  private static func values(of graph: Graph) -> [UInt64] {
    var contents = [mix(1, 0)]
    for (index, node) in graph.nodes.enumerated() {
      contents.append(node.inputs.reduce(mix(2, index)) { mix($0, Int(bitPattern: UInt(contents[$1.index]))) })
    }
    return contents
  }

  /// Sums wrap around, so that they are exact and their order does not matter.
  private static func gradients(of graph: Graph) -> [UInt64] {
    var contents = [UInt64](repeating: 0, count: graph.shapes.count)
    for (index, output) in graph.outputs.enumerated() { contents[output.index] &+= mix(3, index) }
    for (index, node) in graph.nodes.enumerated().reversed() {
      for (position, input) in node.inputs.enumerated() {
        contents[input.index] &+= contribution(graph, index, position, contents[node.output.index])
      }
    }
    return contents
  }

  private static func contribution(_ graph: Graph, _ node: Int, _ position: Int, _ gradient: UInt64) -> UInt64 {
    graph.nodes[node].operation.operation.memory.passesGradient ? gradient : mix(mix(gradient, node), position)
  }

  private static func mix(_ content: UInt64, _ number: Int) -> UInt64 {
    (content &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(bitPattern: Int64(number &+ 1))).multipliedFullWidth(
      by: 0xD6E8_FEB8_6659_FD93
    ).high ^ (content &* 0xCA5A_8263_9512_1157 &+ UInt64(bitPattern: Int64(number)))
  }

  // MARK: Memory

  private func range(_ buffer: Int, bytes: Int) -> Range<Int> {
    plan.buffers[buffer].offset..<plan.buffers[buffer].offset + bytes
  }

  private func bytes(ofValue value: Int) -> Int { plan.batch * graph.shapes[value].elements * 4 }

  private mutating func write(_ buffer: Int, bytes: Int, _ content: UInt64) {
    let range = range(buffer, bytes: bytes)
    if range.upperBound > plan.bytes { problems.append("buffer \(buffer) ends outside the arena") }
    memory.removeAll { $0.range.overlaps(range) }
    memory.append((range, content))
  }

  private mutating func read(_ buffer: Int, bytes: Int, _ content: UInt64, _ what: @autoclosure () -> String) {
    guard bytes > 0 else { return }
    let range = range(buffer, bytes: bytes)
    if !memory.contains(where: { $0.range == range && $0.content == content }) {
      problems.append("\(what()) is not in \(plan.buffers[buffer])")
    }
  }

  private mutating func readValue(_ value: Int, _ what: @autoclosure () -> String) {
    read(plan.bufferOfValue[value], bytes: bytes(ofValue: value), valueContents[value], what())
  }

  // MARK: The passes

  private mutating func run() {
    write(plan.bufferOfValue[graph.input.index], bytes: bytes(ofValue: graph.input.index), valueContents[0])
    for index in graph.nodes.indices { runForward(index) }
    for output in graph.outputs { readValue(output.index, "an output of the network") }
    guard plan.mode == .training else { return }
    for (index, output) in graph.outputs.enumerated() {
      write(plan.outputGradients[index], bytes: bytes(ofValue: output.index), Self.mix(3, index))
    }
    if plan.backward.map(\.node) != graph.nodes.indices.reversed() { problems.append("backward is out of order") }
    for step in plan.backward { runBackward(step) }
  }

  private mutating func runForward(_ index: Int) {
    let node = graph.nodes[index]
    let rule = node.operation.operation.memory
    for input in node.inputs { readValue(input.index, "input \(input.index) of \(node.name)") }
    write(
      plan.bufferOfValue[node.output.index], bytes: bytes(ofValue: node.output.index),
      valueContents[node.output.index])
    if let workspace = plan.workspaceOfNode[index] {
      write(workspace, bytes: workspaceBytes(index), Self.mix(4, index))
    }
    readValue(node.output.index, "the output of \(node.name), next to its workspace,")
    for input in node.inputs {
      let isOverwritten = plan.bufferOfValue[input.index] == plan.bufferOfValue[node.output.index]
      if isOverwritten && rule.overwritesInput && input != graph.input { continue }
      readValue(input.index, "input \(input.index) of \(node.name), while its output is written,")
    }
  }

  private mutating func runBackward(_ step: ExecutionPlan.BackwardStep) {
    let node = graph.nodes[step.node]
    let rule = node.operation.operation.memory
    let gradient = gradientContents[node.output.index]
    readForBackward(step, includingGradient: true)
    for (position, input) in node.inputs.enumerated() {
      guard let buffer = step.inputGradients[position] else {
        if input != graph.input { problems.append("\(node.name) gives no gradient to input \(position)") }
        continue
      }
      if rule.passesGradient {
        if buffer != step.outputGradient { problems.append("\(node.name) passes its gradient by doing nothing") }
      } else {
        write(
          buffer, bytes: bytes(ofValue: input.index), Self.contribution(graph, step.node, position, gradient))
      }
    }
    let isOverwritten = rule.overwritesGradient && step.inputGradients.first == step.outputGradient
    readForBackward(step, includingGradient: !isOverwritten)
    for sum in step.sums { add(sum, in: node.name) }
  }

  private mutating func readForBackward(_ step: ExecutionPlan.BackwardStep, includingGradient: Bool) {
    let node = graph.nodes[step.node]
    let rule = node.operation.operation.memory
    if includingGradient {
      read(
        step.outputGradient, bytes: bytes(ofValue: node.output.index), gradientContents[node.output.index],
        "the gradient of the output of \(node.name)")
    }
    if rule.backwardReadsInputs {
      for input in node.inputs { readValue(input.index, "input \(input.index) of \(node.name), read again,") }
    }
    if rule.backwardReadsOutput { readValue(node.output.index, "the output of \(node.name), read again,") }
    if let workspace = plan.workspaceOfNode[step.node] {
      read(workspace, bytes: workspaceBytes(step.node), Self.mix(4, step.node), "the workspace of \(node.name)")
    }
  }

  private mutating func add(_ sum: ExecutionPlan.GradientSum, in name: String) {
    let bytes = sum.elements * 4
    guard bytes > 0 else { return }
    let first = memory.first { $0.range == range(sum.first, bytes: bytes) }
    let second = memory.first { $0.range == range(sum.second, bytes: bytes) }
    guard let first, let second else {
      problems.append("a term of the sum after \(name) is gone")
      return
    }
    write(sum.result, bytes: bytes, first.content &+ second.content)
  }

  private func workspaceBytes(_ index: Int) -> Int {
    let node = graph.nodes[index]
    return node.operation.operation.workspaceBytes(for: node.inputs.map(graph.shape(of:)), batch: plan.batch)
  }
}
