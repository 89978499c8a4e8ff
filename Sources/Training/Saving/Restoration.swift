import Checkpoints
import Collectives
import Tensors

/// Brings every rank into the state of a checkpoint that only rank 0 needs to see.
package struct Restoration {
  let communicator: Communicator

  package init(communicator: Communicator) { self.communicator = communicator }

  /// Every rank calls it; rank 0 gives the checkpoint, or nil to begin at the beginning, and reads it; the others get
  /// the same bits from rank 0. Returns nil when there is no checkpoint.
  package func restore(_ training: TrainingStep, from checkpoint: Checkpoint?, plan: RunPlan) throws -> RunPosition? {
    let velocity = training.update.wholeVelocity
    let read = try Consensus(communicator: communicator).attempt { () -> RunPosition? in
      guard let checkpoint else { return nil }
      let position = try checkpoint.state().position(in: plan, path: checkpoint.path)
      try training.restore(checkpoint, velocity)
      return position
    }
    let messages = try communicator.allGather(try read.map { Array(try $0.json().utf8) } ?? [])
    // Without a checkpoint too: first values are functions of the seed, but unlike machines may round them unlike.
    let averaged = training.average.map { [$0.parameters.floats, $0.statistics.floats] } ?? []
    for arena in [training.replica.parameters, training.replica.statistics, velocity.floats] + averaged {
      try communicator.broadcast(UnsafeMutableRawBufferPointer(arena), root: 0)
    }
    training.update.takeVelocity()
    guard !messages[0].isEmpty else { return nil }
    return try RunPosition(json: String(decoding: messages[0], as: UTF8.self))
  }
}
