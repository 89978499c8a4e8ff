import Checkpoints
import Collectives
import Tensors

/// The state that a checkpoint holds, in memory of this rank.
package protocol RestorableState {
  /// The memory of it: parts of the same sizes in the same order on every rank.
  var parts: [UnsafeMutableRawBufferPointer] { get }
  /// Fills all of it from a checkpoint. Throws `CheckpointError` when that is of another network.
  func read(_ checkpoint: Checkpoint) throws
  /// Told once all of it has been filled, from a checkpoint or by another rank.
  func takeParts()
}

extension TrainingStep: RestorableState {
  package var parts: [UnsafeMutableRawBufferPointer] {
    let averaged = average.map { [$0.parameters.floats, $0.statistics.floats] } ?? []
    return ([replica.parameters, replica.statistics, update.wholeVelocity.floats] + averaged)
      .map { UnsafeMutableRawBufferPointer($0) }
  }

  package func read(_ checkpoint: Checkpoint) throws { try restore(checkpoint, update.wholeVelocity) }

  package func takeParts() { update.takeVelocity() }
}

/// Brings every rank into the state of a checkpoint that only rank 0 needs to see.
package struct Restoration {
  let everyone: Communicator
  let trainers: Communicator

  /// - Parameter trainers: the ranks that train; nil: all of them do.
  package init(communicator: Communicator, trainers: Communicator? = nil) {
    (everyone, self.trainers) = (communicator, trainers ?? communicator)
  }

  /// Every rank calls it; rank 0 gives the checkpoint, or nil to begin at the beginning, and reads it; the others get
  /// the same bits from rank 0. Returns nil when there is no checkpoint.
  package func restore(
    _ state: some RestorableState, from checkpoint: Checkpoint?, plan: RunPlan
  ) throws -> RunPosition? {
    let read = try Consensus(communicator: everyone).attempt { () -> RunPosition? in
      guard let checkpoint else { return nil }
      let position = try checkpoint.state().position(in: plan, path: checkpoint.path)
      try state.read(checkpoint)
      return position
    }
    let message = try everyone.allGather(try read.map { Array(try $0.json().utf8) } ?? [])[0]
    // Without a checkpoint too: first values are functions of the seed, but unlike machines may round them unlike.
    let sharing = message.isEmpty ? trainers : everyone
    for part in state.parts { try sharing.broadcast(part, root: 0) }
    state.takeParts()
    return message.isEmpty ? nil : try RunPosition(json: String(decoding: message, as: UTF8.self))
  }
}
