import Network
import Tensors

/// What each kind of step reads and leaves.
extension PlanSimulation {
  mutating func run(_ step: ExecutionPlan.Step, _ tile: Tile, _ direction: PassDirection) {
    switch step.action {
    case .forward: forward(step, tile)
    case .gather: readInputs(of: step, tile, where: { $0 == 0 })
    case .gatherGradient: gatherGradient(step, tile)
    case .backward: backward(step, tile)
    case .sum: sum(step, tile)
    case .copy: copy(step, tile)
    }
  }

  private mutating func forward(_ step: ExecutionPlan.Step, _ tile: Tile) {
    let (node, type) = (graph.nodes[step.node], plan.computeTypes[step.node])
    let operation = node.operation.operation
    if plan.mode == .training, operation.exchangesStatistics, !exchanged[.forward]!.contains(step.node) {
      note("\(node.name) runs before its statistics are exchanged")
    }
    readInputs(of: step, tile, where: { _ in true })
    write(expected.values[node.output.index], type, to: step.output!, tile, "the output of \(node.name)")
    if let workspace = step.workspace {
      write(expected.workspaces[step.node], .u8, to: workspace, tile, "the workspace of \(node.name)")
    }
    // All of it is still there: nothing lay where something else was written.
    read(expected.values[node.output.index], type, from: step.output, tile, "the output of \(node.name)")
    let overwritten = step.inputs.indices.filter {
      operation.memory.overwritesInput && step.inputs[$0] == step.output && node.inputs[$0] != graph.input
    }
    readInputs(of: step, tile, where: { !overwritten.contains($0) })
  }

  private mutating func gatherGradient(_ step: ExecutionPlan.Step, _ tile: Tile) {
    let (node, type) = (graph.nodes[step.node], plan.computeTypes[step.node])
    readGradient(of: step, tile)
    readInputs(of: step, tile, where: node.operation.operation.memory.reads)
    readOutput(of: step, tile)
    if node.operation.operation.memory.changesOutputGradient {
      write(expected.passed[step.node], type, to: step.outputGradient!, tile, "the changed gradient at \(node.name)")
    }
  }

  private mutating func backward(_ step: ExecutionPlan.Step, _ tile: Tile) {
    let (node, type) = (graph.nodes[step.node], plan.computeTypes[step.node])
    let (operation, rule) = (node.operation.operation, node.operation.operation.memory)
    if operation.exchangesStatistics {
      if !exchanged[.backward]!.contains(step.node) { note("\(node.name) runs back before its sums are exchanged") }
      read(expected.passed[step.node], type, from: step.outputGradient, tile, "the gathered gradient at \(node.name)")
    } else {
      readGradient(of: step, tile)
      readOutput(of: step, tile)
      if rule.changesOutputGradient {
        write(expected.passed[step.node], type, to: step.outputGradient!, tile, "the changed gradient at \(node.name)")
      }
    }
    readInputs(of: step, tile, where: rule.reads)
    readWorkspace(of: step, tile)
    for (position, input) in node.inputs.enumerated() {
      let isWritten = input != graph.input && !rule.passesGradientTo.contains(position)
      guard let buffer = step.inputGradients[position] else {
        if isWritten { note("\(node.name) gives no gradient to input \(position)") }
        continue
      }
      if !isWritten { note("\(node.name) writes a gradient for input \(position)") }
      write(expected.written[step.node][position], type, to: buffer, tile, "the gradient at \(node.name)")
    }
    // All of it is still there, but for an output's gradient that the rule lets go.
    for case (let position, let buffer?) in step.inputGradients.enumerated() {
      read(expected.written[step.node][position], type, from: buffer, tile, "the gradient written at \(node.name)")
    }
    readInputs(of: step, tile, where: rule.reads)
    readWorkspace(of: step, tile)
    if !operation.exchangesStatistics { readOutput(of: step, tile) }
    let isOverwritten = rule.overwritesGradient && step.inputGradients[0] == step.outputGradient
    if !isOverwritten {
      read(expected.passed[step.node], type, from: step.outputGradient, tile, "the gradient passed at \(node.name)")
    }
  }

  private mutating func sum(_ step: ExecutionPlan.Step, _ tile: Tile) {
    let name = graph.nodes[step.node].name
    let (first, second) = (step.inputs[0]!, step.inputs[1]!)
    guard let a = content(of: first, tile), let b = content(of: second, tile), a.type == b.type,
      let sum = tensors.sum(a.tensor, b.tensor)
    else { return note("a term of a sum at \(name) is not there: \(plan.buffers[first]), \(plan.buffers[second])") }
    write(sum, a.type, to: step.output!, tile, "a sum at \(name)")
    for (buffer, term) in [(first, a), (second, b)] where buffer != step.output {
      read(term.tensor, term.type, from: buffer, tile, "a term of a sum at \(name)")
    }
  }

  private mutating func copy(_ step: ExecutionPlan.Step, _ tile: Tile) {
    let name = graph.nodes[step.node].name
    guard let original = content(of: step.inputs[0]!, tile) else {
      return note("what is copied at \(name) is not there: \(plan.buffers[step.inputs[0]!])")
    }
    write(original.tensor, plan.buffers[step.output!].type, to: step.output!, tile, "a copy at \(name)")
    read(original.tensor, original.type, from: step.inputs[0], tile, "what was copied at \(name)")
  }

  // MARK: What a node reads

  private mutating func readInputs(of step: ExecutionPlan.Step, _ tile: Tile, where reads: (Int) -> Bool) {
    let node = graph.nodes[step.node]
    for (position, input) in node.inputs.enumerated() where reads(position) {
      read(
        expected.values[input.index], plan.computeTypes[step.node], from: step.inputs[position], tile,
        "input \(position) of \(node.name)")
    }
  }

  private mutating func readOutput(of step: ExecutionPlan.Step, _ tile: Tile) {
    let node = graph.nodes[step.node]
    guard node.operation.operation.memory.backwardReadsOutput else { return }
    read(
      expected.values[node.output.index], plan.computeTypes[step.node], from: step.output, tile,
      "the output of \(node.name), read again,")
  }

  private mutating func readWorkspace(of step: ExecutionPlan.Step, _ tile: Tile) {
    let node = graph.nodes[step.node]
    guard node.operation.operation.workspaceBytes(for: node.inputs.map(graph.shape(of:))) > 0 else { return }
    read(expected.workspaces[step.node], .u8, from: step.workspace, tile, "the workspace of \(node.name)")
  }

  private mutating func readGradient(of step: ExecutionPlan.Step, _ tile: Tile) {
    let node = graph.nodes[step.node]
    read(
      expected.gradients[node.output.index], plan.computeTypes[step.node], from: step.outputGradient, tile,
      "the complete gradient of the output of \(node.name)")
  }
}

extension MemoryRule {
  fileprivate func reads(_ input: Int) -> Bool { backwardReadsInputs && !backwardSkips.contains(input) }
}
