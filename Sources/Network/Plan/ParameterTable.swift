import Tensors

/// Every learned and tracked tensor of a network: its name, shape and place in the flat arenas.
///
/// Names follow torchvision's state dict (`layer1.0.bn1.running_mean`); order is that of the graph, so that the gradients
/// of the last layers, which are final first, lie at the end.
public struct ParameterTable: Hashable, Sendable {
  /// Learned tensors. Parameters, their gradients and the optimizer's state share this layout.
  public let parameters: ArenaLayout
  public let specifications: [ParameterSpecification]
  /// Running statistics.
  public let statistics: ArenaLayout
  public let statisticSpecifications: [StatisticSpecification]
  /// For each node of the graph, its parts in `parameters` and in `statistics`.
  public let partsOfNode: [NodeParts]

  public struct NodeParts: Hashable, Sendable {
    public let parameters: Range<Int>
    public let statistics: Range<Int>
  }

  public init(_ graph: Graph) {
    var specifications: [ParameterSpecification] = []
    var statistics: [StatisticSpecification] = []
    var names: [String] = []
    var statisticNames: [String] = []
    var partsOfNode: [NodeParts] = []
    for node in graph.nodes {
      let inputs = node.inputs.map(graph.shape(of:))
      let (firstParameter, firstStatistic) = (specifications.count, statistics.count)
      for specification in node.operation.operation.parameters(for: inputs) {
        names.append("\(node.name).\(specification.name)")
        specifications.append(specification)
      }
      for statistic in node.operation.operation.statistics(for: inputs) {
        statisticNames.append("\(node.name).\(statistic.name)")
        statistics.append(statistic)
      }
      partsOfNode.append(
        NodeParts(
          parameters: firstParameter..<specifications.count, statistics: firstStatistic..<statistics.count))
    }
    self.parameters = ArenaLayout(zip(names, specifications).map { ($0, .f32, $1.shape) })
    self.statistics = ArenaLayout(zip(statisticNames, statistics).map { ($0, .f32, $1.shape) })
    self.specifications = specifications
    self.statisticSpecifications = statistics
    self.partsOfNode = partsOfNode
  }

  /// Learned numbers, padding not counted.
  public var parameterCount: Int { parameters.parts.reduce(0) { $0 + $1.shape.elements } }
}
