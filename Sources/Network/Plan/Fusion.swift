/// Which operations run as one.
///
/// BatchNorm takes the ReLU behind it, or the addition and the ReLU, where nobody else reads what lies between: the
/// tensor is then touched once, and what backward needs is recomputed from BatchNorm's own input. What multiplies by
/// weights takes the ReLU behind it.
extension Graph {
  /// The graph as it is run. A fused node has the name of its first node and the place of the last node it replaces.
  package func fused() -> Graph {
    var fused = Graph(name: name, input: shape(of: input))
    let readers = nodesReadingValues()
    /// The last node of each fusion, and what stands for all of it.
    var replacements: [Int: Fusion] = [:]
    var absorbed: Set<Int> = []
    for index in nodes.indices where !absorbed.contains(index) {
      guard let fusion = Fusion(from: index, in: self, readers: readers, taken: absorbed) else { continue }
      replacements[fusion.nodes.last!] = fusion
      absorbed.formUnion(fusion.nodes)
    }
    var values = [input: fused.input]
    for (index, node) in nodes.enumerated() {
      if let fusion = replacements[index] {
        values[node.output] = fused.append(
          nodes[fusion.nodes[0]].name, fusion.operation, fusion.inputs.map { values[$0]! },
          shape: shape(of: node.output))
      } else if !absorbed.contains(index) {
        values[node.output] = fused.append(
          node.name, node.operation, node.inputs.map { values[$0]! }, shape: shape(of: node.output))
      }
    }
    for output in outputs { fused.markOutput(values[output]!) }
    return fused
  }

  /// For each value the nodes that read it, once per input.
  func nodesReadingValues() -> [[Int]] {
    var readers = [[Int]](repeating: [], count: shapes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input.index].append(index) }
    }
    return readers
  }

  /// For each value the node that writes it; nil for the network's input.
  func producersOfValues() -> [Int?] {
    var producers = [Int?](repeating: nil, count: shapes.count)
    for (index, node) in nodes.enumerated() { producers[node.output.index] = index }
    return producers
  }
}

/// An operation and what follows it.
private struct Fusion {
  /// In the order in which they run.
  var nodes: [Int]
  var operation: AnyOperation
  var inputs: [Graph.Value]

  init?(from index: Int, in graph: Graph, readers: [[Int]], taken: Set<Int>) {
    let first = graph.nodes[index]
    (nodes, operation, inputs) = ([index], first.operation, first.inputs)
    var value = first.output

    /// The only reader of the value so far, where there is just one.
    func next() -> Graph.Node? {
      let all = readers[value.index]
      guard all.count == 1, !graph.outputs.contains(value), !taken.contains(all[0]) else { return nil }
      return graph.nodes[all[0]]
    }
    func take(_ node: Graph.Node) {
      nodes.append(readers[value.index][0])
      value = node.output
    }
    switch first.operation.operation {
    case var norm as BatchNorm where !norm.isFused:
      if let reader = next(), reader.operation.operation is Add {
        norm.addsResidual = true
        inputs.append(reader.inputs.first { $0 != value }!)
        take(reader)
      }
      if let reader = next(), reader.operation.operation is ReLU {
        norm.activation = .relu
        take(reader)
      }
      operation = AnyOperation(norm)
    case var affine as any ActivatedOperation where affine.activation == .identity:
      guard let reader = next(), reader.operation.operation is ReLU else { return nil }
      affine.activation = .relu
      take(reader)
      operation = AnyOperation(affine)
    default: return nil
    }
    guard nodes.count > 1 else { return nil }
  }
}
