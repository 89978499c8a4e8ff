import Checkpoints
import Kernels
import Network
import Tensors

/// A copy of the state that a checkpoint is written from: taken between two steps, written while the run goes on.
///
/// Belongs to one thread at a time: whoever has taken it hands it to a writer, and touches it again once that is done.
package final class Snapshot: @unchecked Sendable {
  package private(set) var position = RunPosition()
  private let graph: Graph
  private let table: ParameterTable
  private let parameters: AlignedBuffer
  private let statistics: AlignedBuffer
  private let velocity: Arena
  /// i64: what every BatchNorm's count of batches is written from.
  private let batchesTracked = AlignedBuffer(bytes: MemoryLayout<Int64>.stride)

  /// All memory is allocated, and touched, here.
  package init(of plan: RunPlan) {
    (graph, table) = (plan.graph, plan.parameters)
    parameters = AlignedBuffer(bytes: table.parameters.bytes)
    statistics = AlignedBuffer(bytes: table.statistics.bytes)
    velocity = Arena(table.parameters)
  }

  /// The bytes that are copied.
  static func bytes(_ plan: RunPlan) -> Int { 2 * plan.parameters.parameters.bytes + plan.parameters.statistics.bytes }

  /// - Parameter velocity: the whole of it, from `ParameterUpdate.gatherVelocity`.
  package func take(_ replica: Replica, _ velocity: borrowing Arena, at position: RunPosition) {
    copy(UnsafeRawBufferPointer(replica.parameters), to: parameters.bytes, replica.team)
    copy(UnsafeRawBufferPointer(replica.statistics), to: statistics.bytes, replica.team)
    copy(UnsafeRawBufferPointer(velocity.bytes), to: self.velocity.bytes, replica.team)
    batchesTracked.elements(Int64.self)[0] = Int64(position.step).littleEndian
    self.position = position
  }

  /// What a checkpoint of it is written from; its views are of this memory.
  package func contents(_ plan: RunPlan, _ origin: RunOrigin) throws -> CheckpointContents {
    let model = ReplicaTensors(
      graph, table, parameters: parameters.bytes, statistics: statistics.bytes, batchesTracked: batchesTracked.bytes)
    return CheckpointContents(
      state: try StateRecord(plan, position, origin), configuration: origin.configurationDigest, binary: origin.binary,
      model: model.views, optimizer: TensorView.parts(of: velocity))
  }
}

/// On all threads of the rank: one alone does not keep memory busy.
private func copy(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, _ team: ThreadTeam) {
  precondition(source.count == target.count, "\(source.count) bytes to copy to \(target.count)")
  team.forEachRange(of: source.count, atLeast: 1 << 20) { range in
    UnsafeMutableRawBufferPointer(rebasing: target[range]).copyMemory(from: .init(rebasing: source[range]))
  }
}
