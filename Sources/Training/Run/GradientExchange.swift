import Collectives
import Fabrics
import Tensors

/// Sums the gradients over the ranks while the backward pass is still at work: each bucket leaves as soon as its last
/// gradient is final, and moves on whenever another one is reported. The sums are everywhere, or each at one rank alone.
///
/// All ranks report the same parts in the same order, since they run the same graph.
package final class GradientExchange {
  private let plan: BucketPlan
  private let communicator: Communicator
  private let gradients: UnsafeMutableBufferPointer<Float>
  private let scatters: Bool
  /// Of the buckets, for messages.
  private let labels: [String]
  private var missingParts: [Int]
  private var pending: [PendingAllReduce] = []
  private var nextBucket = 0

  /// - Parameters:
  ///   - gradients: the arena that `plan` divides; it outlives the exchange.
  ///   - scatters: whether each rank needs the sums of its own segments alone.
  package init(
    _ plan: BucketPlan, gradients: UnsafeMutableBufferPointer<Float>, scatters: Bool = false,
    communicator: Communicator
  ) {
    self.scatters = scatters
    self.plan = plan
    self.communicator = communicator
    self.gradients = gradients
    labels = plan.buckets.indices.map { "gradient bucket \($0)" }
    missingParts = plan.buckets.map(\.parts.count)
    pending.reserveCapacity(plan.buckets.count)
    communicator.reserve(allReduces: plan.buckets.count)
  }

  /// Takes note that these parts are final, sends every bucket that has become complete, in the plan's order, and moves
  /// those under way on.
  package func send(ready parts: Range<Int>) throws {
    for part in parts { missingParts[plan.bucketOfPart[part]] -= 1 }
    while nextBucket < plan.buckets.count, missingParts[nextBucket] == 0 {
      let elements = plan.buckets[nextBucket].elements
      let values = UnsafeMutableBufferPointer(rebasing: gradients[elements])
      pending.append(
        scatters
          ? try communicator.startReduceScatter(values, label: labels[nextBucket])
          : try communicator.startAllReduce(values, label: labels[nextBucket]))
      nextBucket += 1
    }
    try communicator.progress()
  }

  /// Waits until every bucket is summed, and makes ready for the next step.
  ///
  /// - Returns: the seconds that it took: communication that the backward pass did not hide.
  package func finish() throws -> Double {
    precondition(nextBucket == plan.buckets.count, "the backward pass left gradients out")
    let start = ContinuousClock.now
    for allReduce in pending { try communicator.finish(allReduce) }
    pending.removeAll(keepingCapacity: true)
    nextBucket = 0
    for (index, bucket) in plan.buckets.enumerated() { missingParts[index] = bucket.parts.count }
    return (ContinuousClock.now - start).seconds
  }
}
