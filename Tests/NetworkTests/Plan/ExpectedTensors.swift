import Network

/// What a pass must find where it reads, from the graph alone, as numbers of `FormalTensors`.
struct ExpectedTensors {
  private(set) var values: [Int] = []
  private(set) var workspaces: [Int] = []
  /// By output of the network.
  private(set) var callerGradients: [Int] = []
  /// The complete gradient of each value.
  private(set) var gradients: [Int] = []
  /// What each node writes for each of its inputs.
  private(set) var written: [[Int]] = []
  /// The gradient of each node's output after the node has changed it, or as it was where the node does not.
  private(set) var passed: [Int] = []

  init(_ graph: Graph, _ tensors: inout FormalTensors) {
    values = graph.shapes.indices.map { tensors.number(of: .value($0)) }
    workspaces = graph.nodes.indices.map { tensors.number(of: .workspace(node: $0)) }
    callerGradients = graph.outputs.indices.map { tensors.number(of: .gradient([.caller(output: $0): 1])) }
    written = graph.nodes.enumerated().map { index, node in
      node.inputs.indices.map { tensors.number(of: .gradient([.written(node: index, input: $0): 1])) }
    }
    let sums = ExpectedTensors.gradients(graph)
    gradients = sums.map { tensors.number(of: .gradient($0)) }
    passed = graph.nodes.enumerated().map { index, node in
      tensors.number(of: .gradient(ExpectedTensors.passed(index, in: graph, sums[node.output.index])))
    }
  }

  private static func gradients(_ graph: Graph) -> [[GradientTerm: Int]] {
    var sums = [[GradientTerm: Int]](repeating: [:], count: graph.shapes.count)
    for (index, output) in graph.outputs.enumerated() { sums[output.index] = [.caller(output: index): 1] }
    for (index, node) in graph.nodes.enumerated().reversed() {
      let passed = passed(index, in: graph, sums[node.output.index])
      for (position, input) in node.inputs.enumerated() {
        let passes = node.operation.operation.memory.passesGradientTo.contains(position)
        sums[input.index].merge(passes ? passed : [.written(node: index, input: position): 1], uniquingKeysWith: +)
      }
    }
    return sums
  }

  private static func passed(
    _ node: Int, in graph: Graph, _ gradient: [GradientTerm: Int]
  ) -> [GradientTerm: Int] {
    graph.nodes[node].operation.operation.memory.changesOutputGradient ? [.changed(node: node): 1] : gradient
  }
}
