import Collectives
import Data
import Network

/// What an evaluation counted, over all ranks.
package struct EvaluationCounts: Hashable, Sendable {
  package private(set) var top1Correct = 0
  package private(set) var top5Correct = 0
  package private(set) var total = 0
  /// The sum of the images' losses in units of 2^-24: whole numbers, so that their sum is the same in any order and at
  /// any world size.
  package private(set) var lossUnits = 0
  /// Images whose loss was not a finite number; they are not in `lossUnits`.
  package private(set) var nonFiniteLosses = 0

  package static let unitsPerNat = Double(1 << 24)
  /// Larger losses are counted as this, so that the sum over 10^9 images cannot overflow.
  package static let largestLoss = 256.0

  /// The mean loss in nats; not a number when any image's was not.
  package var meanLoss: Double {
    nonFiniteLosses > 0 ? .nan : Double(lossUnits) / EvaluationCounts.unitsPerNat / Double(total)
  }

  package mutating func add(_ image: ClassificationSums) {
    top1Correct += image.top1Correct
    top5Correct += image.top5Correct
    total += image.count
    if image.loss.isFinite {
      lossUnits += Int((min(image.loss, EvaluationCounts.largestLoss) * EvaluationCounts.unitsPerNat).rounded())
    } else {
      nonFiniteLosses += 1
    }
  }

  package init() {}

  init(_ sums: [Int]) {
    (top1Correct, top5Correct, total, lossUnits, nonFiniteLosses) = (sums[0], sums[1], sums[2], sums[3], sums[4])
  }

  var asArray: [Int] { [top1Correct, top5Correct, total, lossUnits, nonFiniteLosses] }
}

/// Tries the network on every validation image exactly once, on all ranks together.
///
/// Every forward pass has the same number of rows on every rank and at any world size, so that an image's logits do not
/// depend on the company it is in; rows of a last, smaller batch that hold no image are not counted.
package struct Evaluation {
  let plan: RunPlan
  let images: any DataSet
  let communicator: Communicator

  package init(plan: RunPlan, images: any DataSet, communicator: Communicator) {
    (self.plan, self.images, self.communicator) = (plan, images, communicator)
  }

  /// Every rank calls it at the same step. Throws `JobFailure` on every rank when an image cannot be read on one: ranks
  /// compare after every batch, so that nobody goes on for nothing while another waits.
  ///
  /// - Parameter isStopped: asked after every batch; once it is true on any rank, all of them return nil.
  package func run(on replica: Replica, isStopped: () -> Bool = { false }) throws -> EvaluationCounts? {
    let configuration = plan.configuration
    let (validation, rank) = (plan.validation, communicator.rank)
    var loader = configuration.validationLoader(images, validation, rank: rank)
    let consensus = Consensus(communicator: communicator)
    var counts = EvaluationCounts()
    // Rank 0 has the most batches.
    for _ in 0..<validation.batches(rank: 0) {
      var failure: (any Error)?
      do {
        if let batch = try loader.next() { try count(batch, replica, into: &counts) }
      } catch {
        failure = error
      }
      let votes = try communicator.sum([failure == nil ? 0 : 1, isStopped() ? 1 : 0])
      if votes[0] > 0 { try consensus.share(failure) }
      if votes[1] > 0 { return nil }
    }
    return EvaluationCounts(try communicator.sum(counts.asArray))
  }

  private func count(_ batch: Batch, _ replica: Replica, into counts: inout EvaluationCounts) throws {
    let loss = SoftmaxCrossEntropy(classes: plan.configuration.model.classes)
    let logits = try replica.forward(batch.images, batch: plan.validation.localBatch, mode: .evaluation)
    for image in 0..<batch.count {
      counts.add(
        loss.evaluate(logits: logits + image * loss.classes, labels: batch.labels + image, count: 1, gradient: nil))
    }
  }
}
