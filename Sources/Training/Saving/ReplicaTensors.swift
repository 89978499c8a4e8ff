import Checkpoints
import Network
import Tensors

/// The tensors of a replica as a state dict of torchvision names them: for every operation its parameters, its running
/// statistics, and for BatchNorm the number of batches that it has tracked.
struct ReplicaTensors {
  struct Tensor {
    let name: String
    let type: ElementType
    let shape: Shape
    let bytes: UnsafeMutableRawBufferPointer
  }

  let tensors: [Tensor]

  /// - Parameters:
  ///   - parameters, statistics: arenas that `table` divides.
  ///   - batchesTracked: one number, i64, that every BatchNorm's count is written from and read into: they are all equal
  ///     to the number of steps done.
  init(
    _ graph: Graph, _ table: ParameterTable, parameters: UnsafeMutableRawBufferPointer,
    statistics: UnsafeMutableRawBufferPointer, batchesTracked: UnsafeMutableRawBufferPointer
  ) {
    var tensors: [Tensor] = []
    for (node, parts) in zip(graph.nodes, table.partsOfNode) {
      for part in table.parameters.parts[parts.parameters] { tensors.append(Tensor(part, in: parameters)) }
      for part in table.statistics.parts[parts.statistics] { tensors.append(Tensor(part, in: statistics)) }
      if !parts.statistics.isEmpty {
        tensors.append(
          Tensor(name: "\(node.name).num_batches_tracked", type: .i64, shape: [], bytes: batchesTracked))
      }
    }
    self.tensors = tensors
  }

  var views: [TensorView] {
    tensors.map {
      TensorView(name: $0.name, type: $0.type, shape: $0.shape, bytes: UnsafeRawBufferPointer($0.bytes))
    }
  }

  var destinations: [TensorDestination] {
    tensors.map { TensorDestination(name: $0.name, type: $0.type, shape: $0.shape, bytes: $0.bytes) }
  }
}

extension ReplicaTensors.Tensor {
  fileprivate init(_ part: ArenaPart, in arena: UnsafeMutableRawBufferPointer) {
    self.init(
      name: part.name, type: part.type, shape: part.shape,
      bytes: UnsafeMutableRawBufferPointer(rebasing: arena[part.byteRange]))
  }
}
