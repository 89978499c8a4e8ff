import Checkpoints
import Fabrics
import Network
import Tensors

/// Evaluates a checkpoint on all ranks: what `dist-train evaluate` does.
public struct EvaluationRun {
  /// Every rank calls it. Returns the same report on every rank; throws `JobFailure` on every rank.
  public static func run(
    _ request: JobRequest, checkpoint path: String, fabric: any Fabric
  ) throws -> EvaluationReport {
    let preparation = try Preparation(request, fabric: fabric)
    let (plan, communicator) = (preparation.plan, preparation.communicator)
    let clock = ContinuousClock.now
    let consensus = Consensus(communicator: communicator)
    let (replica, stepOnRank0) = try consensus.attempt {
      let checkpoint = fabric.rank == 0 ? try Checkpoint(opening: path) : nil
      try checkpoint?.verify()
      let replica = try Replica(
        plan.graph, batches: .init(training: [], evaluation: [plan.validation.localBatch]),
        options: plan.planOptions(threads: preparation.threads), reducer: nil)
      try checkpoint.map(replica.restore)
      return (replica, checkpoint?.step ?? 0)
    }
    let step = try communicator.sum([stepOnRank0])[0]
    for arena in [replica.parameters, replica.statistics] {
      try communicator.broadcast(UnsafeMutableRawBufferPointer(arena), root: 0)
    }
    let evaluation = Evaluation(plan: plan, images: preparation.data.validation, communicator: communicator)
    guard let counts = try evaluation.run(on: replica) else { preconditionFailure("nobody asked for a stop") }
    return EvaluationReport(
      epoch: plan.epochs(after: step), step: step, counts, seconds: (ContinuousClock.now - clock).seconds)
  }
}
