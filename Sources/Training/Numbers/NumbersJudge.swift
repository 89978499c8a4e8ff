import Collectives
import Data

/// Finds out, with all ranks together, what a bad step was and what is to be done about it, and whether replicas are equal.
struct NumbersJudge {
  let plan: RunPlan
  let communicator: Communicator
  let images: any DataSet

  /// What a step was whose outcome says that its numbers are not finite. Every rank calls it, with its own batch.
  func gather(_ outcome: StepOutcome, _ batch: Batch?, step: Int) throws -> NonFiniteStep {
    var finding = outcome.finding
    if let batch, !finding.isEmpty {
      finding.samples = Array(UnsafeBufferPointer(start: batch.samples, count: batch.count))
      finding.paths = finding.samples.map(images.name(of:))
    }
    return try NonFiniteStep(
      step: step, loss: outcome.sums.loss / Double(outcome.sums.count), finding: finding, over: communicator)
  }

  /// Throws on every rank when the replicas differ; else they are known to be equal after the position's last step.
  func audit(_ training: TrainingStep, _ position: inout RunPosition) throws {
    communicator.note(step: position.step - 1, phase: "audit after it")
    let audit = ReplicaAudit(
      training, sharesStatistics: plan.configuration.syncBatchNorm.span == .all, communicator: communicator)
    if let difference = try audit.difference() {
      throw difference.failure(step: position.step, auditedStep: position.numbers.auditedStep)
    }
    position.numbers.auditedStep = position.step
  }

  /// What every rank throws about a step that ends the run.
  func failure(_ bad: NonFiniteStep, _ history: NumbersHistory) -> JobFailure {
    let numbers = plan.configuration.numbers
    let isTooMuch = numbers.nonFinite != .stop
    return bad.failure(
      worldSize: communicator.worldSize,
      report: " \(OutputFolder(of: plan.configuration).nonFinite(step: bad.step)) names the samples."
        + (isTooMuch
          ? " There have been \(history.incidents) such steps, and numbers.most_incidents allows no more." : ""))
  }
}

extension RunPlan {
  /// Whether replicas are compared after this step, from 0.
  package func audits(afterStep step: Int) -> Bool {
    let every = configuration.audit.everySteps
    return every > 0 && worldSize > 1 && (step + 1) % every == 0
  }
}
