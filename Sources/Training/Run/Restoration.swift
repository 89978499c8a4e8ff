import Checkpoints
import Collectives
import Foundation
import Tensors

/// Brings every rank into the state of a checkpoint that only rank 0 needs to see.
struct Restoration {
  let communicator: Communicator

  /// Every rank calls it; rank 0 gives the checkpoint, or nil to begin at the beginning, and reads it; the others get
  /// the same bits from rank 0. Returns nil when there is no checkpoint.
  func restore(_ training: TrainingStep, from checkpoint: Checkpoint?, plan: RunPlan) throws -> RunPosition? {
    let read = try Consensus(communicator: communicator).attempt { () -> RunPosition? in
      guard let checkpoint else { return nil }
      let position = try checkpoint.state().position(in: plan, path: checkpoint.path)
      try training.restore(checkpoint)
      return position
    }
    let messages = try communicator.allGather(try read.map { Array(try JSONEncoder().encode($0)) } ?? [])
    // Without a checkpoint too: first values are functions of the seed, but unlike machines may round them unlike.
    for arena in [training.replica.parameters, training.replica.statistics, training.velocity.floats] {
      try communicator.broadcast(UnsafeMutableRawBufferPointer(arena), root: 0)
    }
    guard !messages[0].isEmpty else { return nil }
    return try JSONDecoder().decode(RunPosition.self, from: Foundation.Data(messages[0]))
  }
}
