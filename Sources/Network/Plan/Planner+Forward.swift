/// The forward half: every value gets a buffer of its own, or that of an input which nobody needs any more.
extension Planner {
  mutating func planForward() -> [ExecutionPlan.Section] {
    input = newBuffer("input", like: graph.input.index)
    bufferOfValue[graph.input.index] = input
    callerUses([input])
    var unread = graph.nodesReadingValues().map(\.count)
    let sections = Schedule(graph, .forward, exchanging: mode == .training).sections.map { scheduled in
      section(scheduled) { planner, visit in
        if visit.gathers {
          planner.emit(planner.step(.gather, visit.node, reading: { $0 == 0 }))
        } else {
          for value in planner.graph.nodes[visit.node].inputs { unread[value.index] -= 1 }
          planner.planForward(of: visit.node, unread: unread)
        }
      }
    }
    planOutputs()
    for value in bufferOfValue.indices where !retention.isKept[value] { bufferOfValue[value] = nil }
    return sections
  }

  /// The caller reads the answers, and when training writes their gradients.
  private mutating func planOutputs() {
    outputs = graph.outputs.map { bufferOfValue[$0.index]! }
    if mode == .training {
      for output in graph.outputs {
        gradients.setOutput(newBuffer("gradient of the output", like: output.index), of: output.index)
      }
    }
    callerUses(outputs + gradients.ofOutputs)
  }

  private mutating func planForward(of index: Int, unread: [Int]) {
    let node = graph.nodes[index]
    planWorkspace(of: index)
    emitForward(index, into: overwritableInput(of: index, unread) ?? newBuffer(node.name, like: node.output.index))
  }

  private mutating func planWorkspace(of index: Int) {
    guard mode == .training else { return }
    let node = graph.nodes[index]
    let bytes = node.operation.operation.workspaceBytes(for: node.inputs.map(graph.shape(of:)))
    guard bytes > 0 else { return }
    workspaceOfNode[index] = drafts.add("workspace of \(node.name)", .u8, bytesPerSample: bytes)
  }

  /// The buffer of an input that the node may write its output over: one that holds no value which is still to be read,
  /// in this pass, in the backward pass or by the caller.
  private func overwritableInput(of index: Int, _ unread: [Int]) -> Int? {
    let node = graph.nodes[index]
    guard rule(index).overwritesInput, !belongsToCaller(node.output.index) else { return nil }
    func isDone(_ value: Int) -> Bool {
      unread[value] == 0 && !belongsToCaller(value) && (mode == .evaluation || !retention.isKept[value])
    }
    for input in node.inputs where graph.shape(of: input) == graph.shape(of: node.output) {
      guard type(input.index) == type(node.output.index), let buffer = bufferOfValue[input.index] else { continue }
      let occupants = bufferOfValue.indices.filter { bufferOfValue[$0] == buffer }
      if occupants.allSatisfy(isDone) { return buffer }
    }
    return nil
  }
}
