/// Which values are kept from the forward pass to the backward pass, and which are restored from them.
package struct Retention: Hashable, Sendable {
  /// By value.
  package let isKept: [Bool]
  /// Cheap operations that must run to restore a value: 0 for those that are not dropped.
  package let depth: [Int]

  package init(_ graph: Graph, _ options: PlanOptions) {
    let isRead = graph.valuesReadInBackward()
    var depth = [Int](repeating: 0, count: graph.shapes.count)
    for node in graph.nodes where node.operation.operation.memory.isCheap && !graph.outputs.contains(node.output) {
      // Restoring from what would have to be kept for that alone saves nothing.
      guard node.inputs.allSatisfy({ isRead[$0.index] || depth[$0.index] > 0 }) else { continue }
      let needed = 1 + node.inputs.map { depth[$0.index] }.max()!
      if needed <= options.recomputation.depth { depth[node.output.index] = needed }
    }
    self.depth = depth
    isKept = zip(isRead, depth).map { $0 && $1 == 0 }
  }
}

extension Graph {
  /// For each value whether a reverse rule reads it.
  fileprivate func valuesReadInBackward() -> [Bool] {
    var isRead = [Bool](repeating: false, count: shapes.count)
    for node in nodes {
      let rule = node.operation.operation.memory
      if rule.backwardReadsOutput { isRead[node.output.index] = true }
      for (position, input) in node.inputs.enumerated() where rule.readsInBackward(position) {
        isRead[input.index] = true
      }
    }
    return isRead
  }
}

extension MemoryRule {
  func readsInBackward(_ input: Int) -> Bool { backwardReadsInputs && !backwardSkips.contains(input) }
}
