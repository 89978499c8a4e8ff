/// The backward half: what was dropped is restored in the section that reads it, and gradients find their buffers.
extension Planner {
  mutating func planBackward() -> [ExecutionPlan.Section] {
    return Schedule(graph, .backward, exchanging: true).sections.map { scheduled in
      let present = bufferOfValue
      defer { forgetShallow(restoredSince: present) }
      return section(scheduled) { planner, visit in
        visit.gathers ? planner.planGather(of: visit.node) : planner.planBackward(of: visit.node)
      }
    }
  }

  /// What one step restores from what is kept is restored again where another section needs it: reading it from memory
  /// would cost as much, and it would have to be kept for the whole batch.
  private mutating func forgetShallow(restoredSince before: [Int?]) {
    for value in bufferOfValue.indices where before[value] == nil && retention.depth[value] == 1 {
      bufferOfValue[value] = nil
    }
  }

  private mutating func restore(_ value: Int) {
    guard bufferOfValue[value] == nil else { return }
    let node = producers[value]!
    for input in graph.nodes[node].inputs { restore(input.index) }
    emitForward(node, into: newBuffer("\(graph.nodes[node].name), restored", like: value))
  }

  /// The step of a node's reverse rule, after restoring what it reads.
  private mutating func reverseStep(
    _ action: ExecutionPlan.Action, _ index: Int, readsOutput: Bool
  ) -> ExecutionPlan.Step {
    let node = graph.nodes[index]
    let rule = rule(index)
    for (position, input) in node.inputs.enumerated() where rule.readsInBackward(position) { restore(input.index) }
    if readsOutput { restore(node.output.index) }
    var step = step(action, index, reading: rule.readsInBackward)
    if readsOutput {
      let output = node.output.index
      step.output = converted(bufferOfValue[output]!, of: output, to: computeType(index), at: index)
    }
    step.workspace = workspaceOfNode[index]
    return step
  }

  private mutating func planGather(of index: Int) {
    var step = reverseStep(.gatherGradient, index, readsOutput: rule(index).backwardReadsOutput)
    let outputGradient = outputGradient(of: index, changes: rule(index).changesOutputGradient)
    step.outputGradient = converted(
      outputGradient, of: graph.nodes[index].output.index, to: computeType(index), at: index)
    emit(step)
  }

  private mutating func planBackward(of index: Int) {
    let node = graph.nodes[index]
    let (rule, type) = (rule(index), computeType(index))
    let gathered = node.operation.operation.exchangesStatistics
    var step = reverseStep(.backward, index, readsOutput: rule.backwardReadsOutput && !gathered)
    let outputGradient = outputGradient(of: index, changes: rule.changesOutputGradient && !gathered)
    step.outputGradient = converted(outputGradient, of: node.output.index, to: type, at: index)

    let wanted = node.inputs.indices.filter { node.inputs[$0] != graph.input }
    var contributions: [Contribution] = []
    step.inputGradients = [Int?](repeating: nil, count: node.inputs.count)
    for position in wanted {
      let contribution = contribution(of: index, position, over: outputGradient)
      contributions.append(contribution)
      step.inputGradients[position] = contribution.isPassed ? nil : contribution.written
    }
    emit(step)
    for (order, contribution) in contributions.enumerated() {
      // A gradient that is passed on is still wanted as it is by the inputs to come: no sum may go over it before.
      if !contributions[(order + 1)...].contains(where: \.isPassed) {
        gradients.release(outputGradient, of: node.output.index)
      }
      if contribution.written != contribution.buffer {
        emit(
          ExecutionPlan.Step(action: .copy, node: index, inputs: [contribution.written], output: contribution.buffer))
      }
      join(contribution.buffer, to: contribution.value, at: index)
    }
    gradients.release(outputGradient, of: node.output.index)
  }

  private struct Contribution {
    let value: Int
    /// What the node writes, in the type that it computes in, and where it ends up, in the value's.
    let written: Int
    let buffer: Int
    /// It is the gradient of the output itself, which the node does not touch.
    let isPassed: Bool
  }

  /// Where a node writes the gradient of an input: into the output's gradient where the rule allows and nobody else
  /// reads that any more, else into a buffer of its own.
  private mutating func contribution(of index: Int, _ position: Int, over outputGradient: Int) -> Contribution {
    let node = graph.nodes[index]
    let (rule, compute) = (rule(index), computeType(index))
    let (input, output) = (node.inputs[position].index, node.output.index)
    let isPassed = rule.passesGradientTo.contains(position)
    let isSame = type(input) == type(output)
    let label = "gradient at \(node.name)"
    if isPassed {
      let buffer = isSame ? outputGradient : newBuffer(label, like: input)
      return Contribution(value: input, written: outputGradient, buffer: buffer, isPassed: true)
    }
    if rule.overwritesGradient, position == 0, isSame, type(input) == compute,
      gradients.isHeld(outputGradient, onlyBy: output)
    {
      return Contribution(value: input, written: outputGradient, buffer: outputGradient, isPassed: false)
    }
    let buffer = newBuffer(label, like: input)
    let written = type(input) == compute ? buffer : newBuffer("\(compute) \(label)", like: input, as: compute)
    return Contribution(value: input, written: written, buffer: buffer, isPassed: false)
  }

  /// The gradient of a node's output; in a buffer that no other value shares where it is changed.
  private mutating func outputGradient(of index: Int, changes: Bool) -> Int {
    let value = graph.nodes[index].output.index
    guard let present = gradients.ofValue[value] else {
      preconditionFailure("nothing reads the output of \(graph.nodes[index].name), and it is no output of the network")
    }
    guard changes else { return present }
    if drafts.type(present) != computeType(index) {
      // What it changes is a copy of its own, which nobody else may have to read.
      let operation = graph.nodes[index].operation.operation
      precondition(
        operation.memory.passesGradientTo.isEmpty && !operation.exchangesStatistics,
        "\(graph.nodes[index].name) would change a copy")
      return present
    }
    if gradients.isHeld(present, onlyBy: value) { return present }
    let copy = newBuffer("gradient of \(graph.nodes[index].name)", like: value)
    emit(ExecutionPlan.Step(action: .copy, node: index, inputs: [present], output: copy))
    gradients.release(present, of: value)
    gradients.set(copy, of: value)
    return copy
  }

  /// Makes `contribution` part of the gradient of a value: it becomes the gradient, or is added to what other readers
  /// have contributed, in place where no other value's gradient lies there.
  private mutating func join(_ contribution: Int, to value: Int, at node: Int) {
    guard let present = gradients.ofValue[value] else { return gradients.set(contribution, of: value) }
    let result: Int
    if gradients.isHeld(present, onlyBy: value) {
      result = present
    } else if gradients.isFree(contribution) {
      result = contribution
    } else {
      result = newBuffer("gradient sum", like: value)
    }
    gradients.release(present, of: value)
    gradients.set(result, of: value)
    emit(ExecutionPlan.Step(action: .sum, node: node, inputs: [present, contribution], output: result))
  }
}
