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
  /// Of averaged weights; empty where nothing is averaged.
  private let averagedParameters: AlignedBuffer
  private let averagedStatistics: AlignedBuffer
  /// Nil where nothing is averaged.
  private let averaging: AveragingPlan?
  /// i64: what every BatchNorm's count of batches is written from.
  private let batchesTracked = AlignedBuffer(bytes: MemoryLayout<Int64>.stride)

  /// All memory is allocated, and touched, here.
  ///
  /// - Parameter inParts: whether each rank keeps its own part of the optimizer's state.
  package init(of plan: RunPlan, inParts: Bool = false) {
    (graph, table) = (plan.graph, plan.parameters)
    parameters = AlignedBuffer(bytes: table.parameters.bytes)
    statistics = AlignedBuffer(bytes: table.statistics.bytes)
    velocity = Arena(inParts ? ArenaLayout([]) : table.parameters)
    averaging = plan.averaging
    averagedParameters = AlignedBuffer(bytes: averaging == nil ? 0 : table.parameters.bytes)
    averagedStatistics = AlignedBuffer(bytes: averaging == nil ? 0 : table.statistics.bytes)
  }

  /// The bytes that are copied.
  static func bytes(_ plan: RunPlan) -> Int {
    2 * plan.parameters.parameters.bytes + plan.parameters.statistics.bytes + WeightAverage.bytes(plan)
  }

  /// - Parameter velocity: the whole of it, from `ParameterUpdate.gatherVelocity`.
  package func take(
    _ replica: Replica, _ velocity: borrowing Arena, average: WeightAverage? = nil, at position: RunPosition
  ) {
    copy(UnsafeRawBufferPointer(velocity.bytes), to: self.velocity.bytes, replica.team)
    take(replica, average: average, at: position)
  }

  /// The same but for the optimizer's state.
  func take(_ replica: Replica, average: WeightAverage?, at position: RunPosition) {
    copy(UnsafeRawBufferPointer(replica.parameters), to: parameters.bytes, replica.team)
    copy(UnsafeRawBufferPointer(replica.statistics), to: statistics.bytes, replica.team)
    if let average {
      copy(UnsafeRawBufferPointer(average.parameters.bytes), to: averagedParameters.bytes, replica.team)
      copy(UnsafeRawBufferPointer(average.statistics.bytes), to: averagedStatistics.bytes, replica.team)
    }
    note(position)
  }

  /// The same where the parts have been filled from elsewhere.
  package func note(_ position: RunPosition) {
    batchesTracked.elements(Int64.self)[0] = Int64(position.step).littleEndian
    self.position = position
  }

  /// Gives a replica the weights and running statistics.
  package func give(to replica: Replica) {
    copy(UnsafeRawBufferPointer(parameters.bytes), to: UnsafeMutableRawBufferPointer(replica.parameters), replica.team)
    copy(UnsafeRawBufferPointer(statistics.bytes), to: UnsafeMutableRawBufferPointer(replica.statistics), replica.team)
  }

  /// The same with the average. False, and nothing done, where there is none.
  package func giveAverage(to replica: Replica) -> Bool {
    guard hasAverage(after: position.step) else { return false }
    copy(
      UnsafeRawBufferPointer(averagedParameters.bytes), to: UnsafeMutableRawBufferPointer(replica.parameters),
      replica.team)
    copy(
      UnsafeRawBufferPointer(averagedStatistics.bytes), to: UnsafeMutableRawBufferPointer(replica.statistics),
      replica.team)
    return true
  }

  private var averaged: ReplicaTensors {
    ReplicaTensors(
      graph, table, parameters: averagedParameters.bytes, statistics: averagedStatistics.bytes,
      batchesTracked: batchesTracked.bytes)
  }

  private var model: ReplicaTensors {
    ReplicaTensors(
      graph, table, parameters: parameters.bytes, statistics: statistics.bytes, batchesTracked: batchesTracked.bytes)
  }

  /// What a checkpoint of it is written from; its views are of this memory.
  package func contents(_ plan: RunPlan, _ origin: RunOrigin) throws -> CheckpointContents {
    CheckpointContents(
      state: try StateRecord(plan, position, origin), configuration: origin.configurationDigest, binary: origin.binary,
      model: model.views, averaged: averagedViews, optimizer: TensorView.parts(of: velocity))
  }

  private func hasAverage(after steps: Int) -> Bool { averaging?.hasBegun(after: steps) == true }

  private var averagedViews: [TensorView] { hasAverage(after: position.step) ? averaged.views : [] }
}

extension Snapshot: RestorableState {
  package var parts: [UnsafeMutableRawBufferPointer] {
    [parameters.bytes, statistics.bytes, velocity.bytes]
      + (averaging == nil ? [] : [averagedParameters.bytes, averagedStatistics.bytes])
  }

  package func read(_ checkpoint: Checkpoint) throws {
    let hasAverage = hasAverage(after: checkpoint.step)
    if hasAverage { try checkpoint.requireAverage() }
    try checkpoint.tensors(.model).restore(into: model.destinations)
    if hasAverage { try checkpoint.tensors(.averaged).restore(into: averaged.destinations) }
    try checkpoint.restoreOptimizer(into: TensorDestination.parts(of: velocity))
  }

  package func takeParts() {}
}

/// On all threads of the rank: one alone does not keep memory busy.
private func copy(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, _ team: ThreadTeam) {
  precondition(source.count == target.count, "\(source.count) bytes to copy to \(target.count)")
  team.forEachRange(of: source.count, atLeast: 1 << 20) { range in
    UnsafeMutableRawBufferPointer(rebasing: target[range]).copyMemory(from: .init(rebasing: source[range]))
  }
}
