import Tensors

/// The flat arenas of one replica.
final class ReplicaMemory {
  let table: ParameterTable
  let parameters: Arena
  let gradients: Arena
  let statistics: Arena
  private let partsOfName: [String: ParameterTable.NodeParts]

  /// - Parameter graph: as it was given, before anything is fused: its order is that of the parameters.
  /// - Parameter parameters, gradients: where they lie; nil: in memory of its own.
  init(
    _ graph: Graph, _ table: ParameterTable, parameters: consuming AlignedBuffer? = nil,
    gradients: consuming AlignedBuffer? = nil
  ) {
    self.table = table
    self.parameters = Arena(table.parameters, in: parameters ?? AlignedBuffer(bytes: table.parameters.bytes))
    self.gradients = Arena(table.parameters, in: gradients ?? AlignedBuffer(bytes: table.parameters.bytes))
    statistics = Arena(table.statistics)
    partsOfName = Dictionary(uniqueKeysWithValues: zip(graph.nodes.map(\.name), table.partsOfNode))
  }

  /// What belongs to a node; a fused node has the name of the one whose parameters it uses.
  func parts(of node: String) -> ParameterTable.NodeParts { partsOfName[node]! }
}
