import Checkpoints
import Collectives
import Data
import Fabrics
import Foundation
import Network
import Tensors

/// One rank's part in a training run, from the configuration to the result.
///
/// Every rank that trains makes one and calls `run` once. Whatever changes the flow (stopping, evaluating, saving) is decided from
/// numbers that all ranks have.
final class TrainingRun {
  let preparation: Preparation
  let consensus: Consensus
  let training: TrainingStep
  let faults: FaultInjector?
  private let evaluation: Evaluation
  /// On rank 0 alone, where it trains too.
  let coordinator: Coordinator?
  /// Where each rank writes its part of the optimizer's state.
  let parts: PartSaving?
  /// Where the coordinator has a rank of its own.
  private let link: CoordinatorLink?
  var position: RunPosition
  private let timeLimit: TimeLimit
  /// An error of this rank that the others do not know of yet; it rides on the next step.
  var failure: (any Error)?
  private let start = ContinuousClock.now

  var plan: RunPlan { preparation.plan }

  /// Throws `JobFailure` on every rank when the run cannot be prepared on one.
  init(_ preparation: Preparation, _ request: JobRequest) throws {
    let (plan, communicator, roles) = (preparation.plan, preparation.communicator, preparation.roles)
    let (consensus, rank) = (Consensus(communicator: preparation.everyone), preparation.everyone.rank)
    let faults = try consensus.attempt { try FaultInjector(request, plan, rank: rank, preparation.logger) }
    let coordinator = try consensus.attempt {
      rank == roles.coordinator
        ? try Coordinator(preparation, request: request, files: faults?.files ?? SystemFiles()) : nil
    }
    let resumed =
      try roles.isDedicated
      ? preparation.share(nil, from: roles.coordinator) : coordinator?.resumedConfiguration
    let arenas = try SharedArenas(plan, communicator: communicator)
    let configuration = try AlgorithmChoice(configuration: plan.configuration, communicator: communicator).make(
      resuming: resumed, gradients: arenas.gradients)
    let training = try consensus.attempt {
      try TrainingStep(plan, arenas: arenas, communicator: communicator, threads: preparation.threads, faults: faults)
    }
    if communicator.rank == 0, communicator.worldSize > 1 {
      preparation.logger.info("gradients are added up by \(communicator.algorithms) on \(communicator.topology)")
    }
    if let problem = communicator.sharingProblem {
      preparation.logger.warning("the ranks of this host share no memory and send each other messages: \(problem)")
    }
    if roles.isDedicated { _ = try preparation.share(configuration, from: roles.trainers[0]) }
    let restored = try Restoration(communicator: preparation.everyone, trainers: communicator).restore(
      training, from: coordinator?.checkpointToResume, plan: plan)
    let position = restored ?? RunPosition()
    let savesInParts =
      try !roles.isDedicated && training.update.isSharded && communicator.worldSize > 1
      && PartSaving.isPossible(in: OutputFolder(of: configuration), communicator: communicator)
    parts =
      try savesInParts
      ? PartSaving(training.update, communicator: communicator, files: faults?.files ?? SystemFiles()) : nil
    try consensus.attempt { try coordinator?.begin(at: position, configuration, inParts: savesInParts) }
    evaluation = Evaluation(plan: plan, images: preparation.data.validation, communicator: communicator)
    training.stepsDone = position.step
    timeLimit = TimeLimit.ofProcess(preparation)
    (self.training, self.faults) = (training, faults)
    self.coordinator = coordinator
    self.position = position
    self.preparation = preparation
    self.consensus = Consensus(communicator: communicator)
    link = roles.isDedicated ? CoordinatorLink(preparation) : nil
  }

  /// Trains to the end, or until a stop is requested; then there is a checkpoint to go on from.
  func run() throws -> ExitStatus {
    defer { coordinator?.endProgress() }
    if try preparation.isComplete(coordinator, at: position) { return .done }
    do {
      return try train()
    } catch let failure as JobFailure {
      try link?.leave(with: failure, after: position.step)
      throw failure
    }
  }

  private func train() throws -> ExitStatus {
    // A stop may have cut off the evaluation that comes before the next step.
    var stops = try lacksEvaluation && !evaluate()
    var loader = makeLoader()
    var stage = plan.stage(ofStep: position.step)
    while !plan.isFinished(at: position) && !stops {
      let index = position.step
      if index == stage.endStep {
        stage = plan.stage(ofStep: index)
        loader = makeLoader()
      }
      stops = try runStep(index, &loader).stopIsRequested
      if position.step <= index {
        // It went back.
        stage = plan.stage(ofStep: position.step)
        loader = makeLoader()
        continue
      }
      if plan.audits(afterStep: index) { try judge.audit(training, &position) }
      if plan.endsEpoch(step: index) { endEpoch(index) }
      if link != nil {
        try handOver(isEvaluated: lacksEvaluation, isSaved: stops || plan.checkpoints(afterStep: index))
        continue
      }
      if lacksEvaluation, try !evaluate() { stops = true }
      // The best network so far is worth a checkpoint; every rank has the counts that tell.
      let isBest = position.best?.step == position.step
      if stops || isBest || plan.checkpoints(afterStep: index) { try saveCheckpoint() }
    }
    if let link {
      let isFinished = plan.isFinished(at: position)
      return try link.leave(
        isFinished ? .done : .stopped, after: position.step, reason: isFinished ? "" : try reasonToStop())
    }
    try requireCheckpoint()
    if !plan.isFinished(at: position) || lacksEvaluation {
      let reason = try reasonToStop()
      coordinator?.reportStop(position, reason)
      return .stopped
    }
    try finish()
    return .done
  }

  /// Whether the network of this moment is to be evaluated, and has not been.
  private var lacksEvaluation: Bool {
    position.step > 0 && plan.evaluates(afterStep: position.step - 1) && position.evaluation?.step != position.step
  }

  private var wantsToStop: Bool { StopRequest.isReceived || timeLimit.isReached || link?.wantsToStop ?? false }

  /// Why the ranks stop, in words: of the lowest that has a reason of its own. Every rank calls it.
  private func reasonToStop() throws -> String {
    try StopRequest.sharedReason(timeLimit, communicator: preparation.communicator)
  }

  private var reporting: (any RunReporting)? { (coordinator as (any RunReporting)?) ?? link }

  /// Of the training images from here to the next change of their size.
  private func makeLoader() -> Loader {
    let stage = plan.stage(ofStep: position.step)
    return plan.configuration.trainingLoader(
      preparation.data.training, plan.shards, rank: preparation.communicator.rank,
      steps: position.step..<stage.endStep, imageSize: stage.imageSize)
  }

  /// Loads, computes and updates; tells the coordinator.
  private func runStep(_ index: Int, _ loader: inout Loader) throws -> StepOutcome {
    let clock = ContinuousClock.now
    let waitedBefore = loader.secondsWaited
    var batch: Batch?
    faults?.begin(step: index + 1)
    try faults?.reach(.load)
    do {
      batch = try loader.next()
    } catch {
      failure = failure ?? error
    }
    try link?.listen()
    failure = failure ?? link?.failure
    let rate = plan.schedule.rate(atStep: index)
    training.hasWrittenPart = parts?.isDone ?? false
    let outcome = try training.attempt(
      batch.map { LocalBatch($0) }, variant: plan.stage(ofStep: index).variant, rate: rate, failure: failure,
      requestsStop: wantsToStop)
    let seconds = (ContinuousClock.now - clock).seconds
    try publish(writtenParts: outcome.writtenParts)
    if outcome.substituted > 0 { try report(batch?.substitutions ?? [], step: index + 1) }
    if outcome.isNonFinite {
      try settle(try judge.gather(outcome, batch, step: index + 1), outcome, seconds: seconds)
      return outcome
    }
    position.step += 1
    position.samplesSeen += outcome.sums.count
    position.epoch.add(outcome.sums, substituted: outcome.substituted, seconds: seconds)
    record {
      try coordinator?.noteSaved()
      try $0.record(
        StepReport(
          step: position.step, epoch: plan.position(ofStep: index).epoch + 1, samples: outcome.sums.count,
          loss: outcome.sums.loss / Double(outcome.sums.count),
          top1Accuracy: Double(position.epoch.top1Correct) / Double(position.epoch.samples), learningRate: rate,
          imagesPerSecond: Double(outcome.sums.count) / seconds, seconds: seconds,
          dataWaitFraction: (loader.secondsWaited - waitedBefore) / seconds,
          exposedCommunicationSeconds: outcome.exposedSeconds))
    }
    return outcome
  }

  /// Tells the coordinator which images could not be read. Every rank calls it.
  private func report(_ substitutions: [Substitution], step: Int) throws {
    let exchange = SubstitutionExchange(
      communicator: preparation.communicator, images: preparation.data.training)
    let reports = try exchange.gather(substitutions, step: step)
    try consensus.attempt { try reporting?.record(reports) }
  }

  private func endEpoch(_ index: Int) {
    let sums = position.epoch
    record {
      try $0.record(
        EpochReport(
          epoch: plan.position(ofStep: index).epoch + 1, step: position.step, samples: sums.samples,
          substituted: sums.substituted,
          loss: sums.loss / Double(sums.samples), top1Correct: sums.top1Correct, seconds: sums.seconds))
    }
    position.epoch = EpochSums()
  }

  /// Where every rank tracks statistics of its own, those of rank 0 become everyone's before they are evaluated or
  /// saved: what is evaluated is what is saved, and a run that goes on is the run that never stopped.
  func agreeOnStatistics() throws {
    guard plan.configuration.syncBatchNorm.span != .all else { return }
    if plan.configuration.syncBatchNorm.span.shared == nil { try faults?.reach(.statistics) }
    let averaged = training.average.map { [$0.statistics.floats] } ?? []
    for statistics in [training.replica.statistics] + averaged {
      try preparation.communicator.broadcast(UnsafeMutableRawBufferPointer(statistics), root: 0)
    }
  }

  /// Gives the coordinator's rank a snapshot of this moment, if there is something to do with it.
  private func handOver(isEvaluated: Bool, isSaved: Bool) throws {
    guard isEvaluated || isSaved else { return }
    let beginning = ContinuousClock.now
    preparation.communicator.note(step: position.step - 1, phase: "snapshot after it")
    if isEvaluated { try faults?.reach(.evaluation) }
    if isSaved { try faults?.reach(.save) }
    try agreeOnStatistics()
    try link?.handOver(training, at: position, isEvaluated: isEvaluated, isSaved: isSaved, since: beginning)
  }

  /// False when a stop was requested meanwhile: then nothing was counted. A coordinator on a rank of its own does it later.
  private func evaluate() throws -> Bool {
    if link != nil {
      try handOver(isEvaluated: true, isSaved: false)
      return true
    }
    preparation.communicator.note(step: position.step - 1, phase: "evaluation after it")
    try faults?.reach(.evaluation)
    try agreeOnStatistics()
    let clock = ContinuousClock.now
    let counts = try evaluation.run(on: training, isStopped: { wantsToStop }) {
      coordinator?.showProgress(evaluated: $0, of: $1)
    }
    guard let counts else { return false }
    let report = EvaluationReport(
      epoch: plan.epochs(after: position.step), step: position.step, counts.raw, averaged: counts.averaged,
      seconds: (ContinuousClock.now - clock).seconds)
    position.take(report)
    record { _ in
      try coordinator?.record(
        report,
        EvaluationDetails(
          step: position.step, images: preparation.data.validation, raw: counts.raw, averaged: counts.averaged))
    }
    return true
  }

  private func finish() throws {
    faults?.tellOfRemaining()
    guard let evaluation = position.evaluation else { preconditionFailure("a run ends with an evaluation") }
    let result = RunResult(
      name: plan.configuration.name, steps: position.step, epochs: position.step / plan.shards.stepsPerEpoch,
      seconds: (ContinuousClock.now - start).seconds, evaluation: evaluation,
      reachedTarget: plan.configuration.evaluation.targetTop1 > 0 ? plan.reachesTarget(evaluation) : nil)
    try consensus.attempt {
      if let failure { throw failure }
      try coordinator?.finish(result)
    }
  }

  /// Reports to the coordinator, if this rank has it. An error must not stop this rank alone, so it waits for the next
  /// moment at which all ranks compare.
  func record(_ report: (any RunReporting) throws -> Void) {
    guard let reporting else { return }
    do { try report(reporting) } catch { failure = failure ?? error }
  }
}
