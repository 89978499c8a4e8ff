import Collectives
import Data
import Network

/// Tries the network on every validation image exactly once, on all ranks of its communicator together.
///
/// Every forward pass has the same number of rows on every rank and at any world size, so that an image's logits do not
/// depend on the company it is in; rows of a last, smaller batch that hold no image are not counted. Where an image has
/// several views, its logits are the means of theirs, added up in the order of the views.
package struct Evaluation {
  let plan: RunPlan
  let images: any DataSet
  let communicator: Communicator

  /// - Parameter communicator: of the ranks that evaluate, which need not be those that train.
  package init(plan: RunPlan, images: any DataSet, communicator: Communicator) {
    (self.plan, self.images, self.communicator) = (plan, images, communicator)
  }

  /// Every rank calls it at the same step. Throws `JobFailure` on every rank when an image cannot be read on one: ranks
  /// compare after every batch, so that nobody goes on for nothing while another waits.
  ///
  /// - Parameters:
  ///   - isStopped: asked after every batch; once it is true on any rank, all of them return nil.
  ///   - progress: told after every batch how many images all ranks have seen, as near as this rank can tell.
  package func run(
    on replica: Replica, isStopped: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) throws -> EvaluationCounts? {
    let (whole, worldSize) = (plan.validation, communicator.worldSize)
    let validation = EvaluationPlan(samples: whole.samples, localBatch: whole.localBatch, worldSize: worldSize)
    var loader = plan.configuration.validationLoader(images, validation, rank: communicator.rank)
    let consensus = Consensus(communicator: communicator)
    var counts = EvaluationCounts()
    // Rank 0 has the most batches.
    for batch in 0..<validation.batches(rank: 0) {
      var failure: (any Error)?
      do {
        if let batch = try loader.next() { try count(batch, replica, into: &counts) }
      } catch {
        failure = error
      }
      let votes = try communicator.sum([failure == nil ? 0 : 1, isStopped() ? 1 : 0])
      if votes[0] > 0 { try consensus.share(failure) }
      if votes[1] > 0 { return nil }
      progress(min((batch + 1) * validation.localBatch * worldSize, validation.samples))
    }
    return try counts.merged(over: communicator)
  }

  private func count(_ batch: Batch, _ replica: Replica, into counts: inout EvaluationCounts) throws {
    let loss = SoftmaxCrossEntropy(classes: plan.configuration.model.classes)
    let logits = try replica.forward(batch.images, batch: plan.evaluationRows, mode: .evaluation)
    for image in 0..<batch.count {
      // In place: the rows of an image are its own.
      let row = logits + image * batch.views * loss.classes
      averageRows(row, count: batch.views, elements: loss.classes)
      counts.add(
        loss.evaluate(logits: row, labels: batch.labels + image, count: 1, gradient: nil),
        prediction: SoftmaxCrossEntropy.prediction(of: UnsafeBufferPointer(start: row, count: loss.classes)))
    }
  }
}

/// Replaces the first of `count` rows by their mean, added up in f64 in the order of the rows.
package func averageRows(_ rows: UnsafeMutablePointer<Float>, count: Int, elements: Int) {
  guard count > 1 else { return }
  for element in 0..<elements {
    let sum = (0..<count).reduce(0.0) { $0 + Double(rows[$1 * elements + element]) }
    rows[element] = Float(sum / Double(count))
  }
}

/// What an evaluation of a network's weights, and of their average where there is one, counted.
package struct WeightsEvaluation: Hashable, Sendable {
  package let raw: EvaluationCounts
  package let averaged: EvaluationCounts?
}

extension Evaluation {
  /// The same for what is being trained: its weights, then their average. Every rank calls it between steps.
  ///
  /// - Parameter progress: told how many images of how many.
  func run(
    on training: TrainingStep, isStopped: () -> Bool, progress: (Int, Int) -> Void
  ) throws -> WeightsEvaluation? {
    let average = training.average.flatMap { $0.hasBegun(after: training.stepsDone) ? $0 : nil }
    let images = plan.validation.samples
    let all = average == nil ? images : 2 * images
    guard let raw = try run(on: training.replica, isStopped: isStopped, progress: { progress($0, all) }) else {
      return nil
    }
    guard let average else { return WeightsEvaluation(raw: raw, averaged: nil) }
    let averaged = try average.whileInPlace {
      try run(on: training.replica, isStopped: isStopped, progress: { progress(images + $0, all) })
    }
    return averaged.map { WeightsEvaluation(raw: raw, averaged: $0) }
  }
}
