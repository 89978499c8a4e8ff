import Checkpoints
import Dispatch
import Fabrics
import Network
import Tensors

/// What `dist-train evaluate` is asked for.
public struct EvaluationRequest: Sendable {
  public var checkpoint: String
  /// Nil: raw, and averaged where the checkpoint has them.
  public var weights: EvaluatedWeights?
  /// A file for `EvaluationDetails`.
  public var report: String?

  public init(checkpoint: String, weights: EvaluatedWeights? = nil, report: String? = nil) {
    (self.checkpoint, self.weights, self.report) = (checkpoint, weights, report)
  }
}

/// Evaluates a checkpoint on all ranks, without the images that it was trained on: what `dist-train evaluate` does.
public struct EvaluationRun {
  private let request: EvaluationRequest
  private let preparation: Preparation
  private let consensus: Consensus
  /// On rank 0 alone, verified.
  private let checkpoint: Checkpoint?
  private let weights: EvaluatedWeights
  private let step: Int
  private let replica: Replica

  /// Every rank calls it. Returns the same report on every rank; throws `JobFailure` on every rank.
  public static func run(
    _ job: JobRequest, _ request: EvaluationRequest, fabric: any Fabric
  ) throws -> EvaluationReport {
    try EvaluationRun(job, request, fabric: fabric).run(style: job.progress)
  }

  private init(_ job: JobRequest, _ request: EvaluationRequest, fabric: any Fabric) throws {
    let preparation = try Preparation(job, fabric: fabric, evaluating: request.checkpoint, placement: .shared)
    let (plan, communicator) = (preparation.plan, preparation.communicator)
    consensus = Consensus(communicator: communicator)
    (checkpoint, replica) = try consensus.attempt {
      let checkpoint = fabric.rank == 0 ? try Checkpoint(named: request.checkpoint) : nil
      try checkpoint?.verify()
      if let weights = request.weights, weights != .raw, checkpoint?.manifest.hasAveragedWeights == false {
        throw RunError(
          .noCheckpoint, "\(request.checkpoint) has no averaged weights; --weights raw evaluates those it has")
      }
      let replica = try Replica(
        plan.graph, batches: .init(training: [], evaluation: [plan.evaluationRows]),
        options: plan.planOptions(threads: preparation.threads), reducer: nil)
      return (checkpoint, replica)
    }
    let facts = try communicator.sum([checkpoint?.step ?? 0, checkpoint?.manifest.hasAveragedWeights == true ? 1 : 0])
    step = facts[0]
    weights = request.weights ?? (facts[1] > 0 ? .both : .raw)
    (self.request, self.preparation) = (request, preparation)
  }

  private func run(style: ProgressStyle?) throws -> EvaluationReport {
    let clock = ContinuousClock.now
    let (plan, images) = (preparation.plan, preparation.data.validation)
    var progress = preparation.progressLine(style: style ?? plan.configuration.log.progress)
    let all = (weights == .both ? 2 : 1) * images.count
    defer { progress.end() }
    let raw = weights == .averaged ? nil : try evaluate(.model) { progress.show(evaluated: $0, of: all) }
    let averaged =
      weights == .raw
      ? nil : try evaluate(.averaged) { progress.show(evaluated: $0 + all - images.count, of: all) }
    let details = EvaluationDetails(step: step, images: images, raw: raw, averaged: averaged)
    try consensus.attempt {
      guard checkpoint != nil, let path = request.report else { return }
      try DurableFile.write(try details.json().document, to: path)
    }
    guard let first = raw ?? averaged else { preconditionFailure("nothing was evaluated") }
    return EvaluationReport(
      epoch: plan.epochs(after: step), step: step, first, averaged: raw == nil ? nil : averaged,
      seconds: (ContinuousClock.now - clock).seconds, weights: weights)
  }

  /// Brings all ranks into one state of the checkpoint, and evaluates it.
  private func evaluate(_ file: Checkpoint.File, progress: (Int) -> Void) throws -> EvaluationCounts {
    let communicator = preparation.communicator
    try consensus.attempt { if let checkpoint { try replica.restore(checkpoint, file) } }
    for arena in [replica.parameters, replica.statistics] {
      try communicator.broadcast(UnsafeMutableRawBufferPointer(arena), root: 0)
    }
    let evaluation = Evaluation(
      plan: preparation.plan, images: preparation.data.validation, communicator: communicator)
    guard let counts = try evaluation.run(on: replica, progress: progress) else {
      preconditionFailure("nobody asked for a stop")
    }
    return counts
  }
}

extension Preparation {
  /// Of rank 0; the others' shows nothing.
  fileprivate func progressLine(style: ProgressStyle) -> ProgressLine {
    ProgressLine(
      console: console, style: communicator.rank == 0 ? style : .none, totalSteps: 0, totalEpochs: 0,
      everySeconds: plan.configuration.log.everySeconds,
      now: { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 })
  }
}
