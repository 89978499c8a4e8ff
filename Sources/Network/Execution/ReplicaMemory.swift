import Tensors

/// The flat arenas of one replica.
final class ReplicaMemory {
  let table: ParameterTable
  let parameters: Arena
  let gradients: Arena
  let statistics: Arena
  private let partsOfName: [String: ParameterTable.NodeParts]

  /// - Parameter graph: as it was given, before anything is fused: its order is that of the parameters.
  /// - Parameter gradients: where the gradients lie; nil: in memory of its own.
  init(_ graph: Graph, _ table: ParameterTable, gradients memory: consuming AlignedBuffer? = nil) {
    self.table = table
    parameters = Arena(table.parameters)
    gradients = Arena(table.parameters, in: memory ?? AlignedBuffer(bytes: table.parameters.bytes))
    statistics = Arena(table.statistics)
    partsOfName = Dictionary(uniqueKeysWithValues: zip(graph.nodes.map(\.name), table.partsOfNode))
  }

  /// What belongs to a node; a fused node has the name of the one whose parameters it uses.
  func parts(of node: String) -> ParameterTable.NodeParts { partsOfName[node]! }
}
