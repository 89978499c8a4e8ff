import Tensors

/// Assigns values and gradients to buffers and finds how long each lives.
struct Planner {
  private let graph: Graph
  private let batch: Int
  private let mode: ExecutionPlan.Mode
  private(set) var buffers: [ExecutionPlan.Buffer] = []
  private(set) var bufferOfValue: [Int]
  private(set) var workspaceOfNode: [Int?]
  private(set) var outputGradients: [Int] = []
  /// The values whose gradient a buffer holds at this point of the backward pass and will still be read for.
  private var holders: [Int: Set<Int>] = [:]
  private var gradientOfValue: [Int?]

  init(_ graph: Graph, batch: Int, mode: ExecutionPlan.Mode) {
    self.graph = graph
    self.batch = batch
    self.mode = mode
    bufferOfValue = Array(repeating: -1, count: graph.shapes.count)
    workspaceOfNode = Array(repeating: nil, count: graph.nodes.count)
    gradientOfValue = Array(repeating: nil, count: graph.shapes.count)
  }

  private var lossStep: Int { graph.nodes.count }
  private func backwardStep(of node: Int) -> Int { 2 * graph.nodes.count - node }
  private func rule(_ node: Int) -> MemoryRule { graph.nodes[node].operation.operation.memory }
  private func elements(_ value: Int) -> Int { batch * graph.shapes[value].elements }

  private mutating func newBuffer(_ label: String, bytes: Int, step: Int) -> Int {
    let interval = Interval(bytes: bytes, firstStep: step, lastStep: step)
    buffers.append(ExecutionPlan.Buffer(label: label, interval: interval, offset: 0))
    return buffers.count - 1
  }

  private mutating func use(_ buffer: Int, at step: Int) {
    buffers[buffer].interval.lastStep = max(buffers[buffer].interval.lastStep, step)
  }

  // MARK: Forward

  /// The last step that reads each value: as an input, again in the backward pass, or as the network's answer.
  private func lastReads() -> [Int] {
    var last = Array(repeating: 0, count: graph.shapes.count)
    for (index, node) in graph.nodes.enumerated() {
      let readsAgain = mode == .training && rule(index).backwardReadsInputs
      for input in node.inputs {
        last[input.index] = max(last[input.index], readsAgain ? backwardStep(of: index) : index)
      }
      last[node.output.index] =
        mode == .training && rule(index).backwardReadsOutput ? backwardStep(of: index) : index
    }
    for output in graph.outputs { last[output.index] = max(last[output.index], lossStep) }
    return last
  }

  mutating func planForward() {
    let lastRead = lastReads()
    bufferOfValue[graph.input.index] = newBuffer("input", bytes: elements(0) * 4, step: 0)
    for (index, node) in graph.nodes.enumerated() {
      let output = node.output.index
      let buffer =
        overwritableInput(of: index, lastRead)
        ?? newBuffer(node.name, bytes: elements(output) * 4, step: index)
      bufferOfValue[output] = buffer
      use(buffer, at: lastRead[output])
      for input in node.inputs { use(bufferOfValue[input.index], at: lastRead[input.index]) }
      planWorkspace(of: index)
    }
  }

  /// The buffer of an input that the node may write its output over: nobody reads it later, and it is not the network's
  /// own input, which belongs to the caller.
  private func overwritableInput(of index: Int, _ lastRead: [Int]) -> Int? {
    guard rule(index).overwritesInput else { return nil }
    let node = graph.nodes[index]
    for input in node.inputs where input != graph.input && graph.shape(of: input) == graph.shape(of: node.output) {
      let buffer = bufferOfValue[input.index]
      let sharers = graph.shapes.indices.filter { bufferOfValue[$0] == buffer }
      if sharers.allSatisfy({ lastRead[$0] <= index }) { return buffer }
    }
    return nil
  }

  private mutating func planWorkspace(of index: Int) {
    guard mode == .training else { return }
    let node = graph.nodes[index]
    let bytes = node.operation.operation.workspaceBytes(for: node.inputs.map(graph.shape(of:)), batch: batch)
    guard bytes > 0 else { return }
    let buffer = newBuffer("workspace of \(node.name)", bytes: bytes, step: index)
    use(buffer, at: backwardStep(of: index))
    workspaceOfNode[index] = buffer
  }

  // MARK: Backward

  mutating func planBackward() -> [ExecutionPlan.BackwardStep] {
    outputGradients = graph.outputs.map { output in
      let buffer = newBuffer("gradient of the output", bytes: elements(output.index) * 4, step: lossStep)
      gradientOfValue[output.index] = buffer
      holders[buffer] = [output.index]
      return buffer
    }
    return graph.nodes.indices.reversed().map { planBackward(of: $0) }
  }

  private mutating func planBackward(of index: Int) -> ExecutionPlan.BackwardStep {
    let node = graph.nodes[index]
    let step = backwardStep(of: index)
    guard let outputGradient = gradientOfValue[node.output.index] else {
      preconditionFailure("nothing reads the output of \(node.name), and it is no output of the network")
    }
    use(outputGradient, at: step)
    let lastWanted = node.inputs.lastIndex { $0 != graph.input }
    var inputGradients: [Int?] = []
    var sums: [ExecutionPlan.GradientSum] = []
    for (position, input) in node.inputs.enumerated() {
      guard input != graph.input else {
        inputGradients.append(nil)
        continue
      }
      // A gradient that is passed on is still wanted as it is by the inputs to come: no sum may go over it before the
      // last.
      if !rule(index).passesGradient || position == lastWanted {
        holders[outputGradient]?.remove(node.output.index)
      }
      let contribution = contributionBuffer(
        of: index, position: position, outputGradient: outputGradient, bytes: elements(input.index) * 4)
      inputGradients.append(contribution)
      use(contribution, at: step)
      if let sum = join(contribution, to: input.index, at: step) { sums.append(sum) }
    }
    holders[outputGradient]?.remove(node.output.index)
    return ExecutionPlan.BackwardStep(
      node: index, outputGradient: outputGradient, inputGradients: inputGradients, sums: sums)
  }

  /// Where a node writes the gradient of an input: into the output's gradient where the rule allows and nobody else
  /// reads that any more, else into a buffer of its own.
  private mutating func contributionBuffer(
    of index: Int, position: Int, outputGradient: Int, bytes: Int
  ) -> Int {
    if rule(index).passesGradient { return outputGradient }
    if rule(index).overwritesGradient, position == 0, holders[outputGradient]?.isEmpty ?? true {
      return outputGradient
    }
    let buffer = newBuffer("gradient at \(graph.nodes[index].name)", bytes: bytes, step: backwardStep(of: index))
    holders[buffer] = []
    return buffer
  }

  /// Makes `contribution` part of the gradient of a value: it becomes the gradient, or is added to what other readers
  /// have contributed, in place where no other value's gradient lies there.
  private mutating func join(_ contribution: Int, to value: Int, at step: Int) -> ExecutionPlan.GradientSum? {
    guard let present = gradientOfValue[value] else {
      gradientOfValue[value] = contribution
      holders[contribution, default: []].insert(value)
      return nil
    }
    let result: Int
    if holders[present] == [value] {
      result = present
    } else if holders[contribution, default: []].isEmpty {
      result = contribution
    } else {
      result = newBuffer("gradient sum", bytes: elements(value) * 4, step: step)
    }
    holders[present]?.remove(value)
    holders[result, default: []].insert(value)
    gradientOfValue[value] = result
    for buffer in [present, contribution, result] { use(buffer, at: step) }
    return ExecutionPlan.GradientSum(
      first: present, second: contribution, result: result, elements: elements(value))
  }
}
