import Collectives

/// Gives every rank the whole of every bucket, each segment from the rank whose it is: weights after an update, the
/// optimizer's state before a checkpoint.
final class SegmentExchange {
  private let communicator: Communicator
  private let buckets: [UnsafeMutableBufferPointer<Float>]
  /// Of the buckets, for messages.
  private let labels: [String]
  private var pending: [PendingAllReduce] = []

  /// - Parameters:
  ///   - arena: what `plan` divides; it outlives the exchange.
  ///   - label: what messages call the values.
  init(_ plan: BucketPlan, arena: UnsafeMutableBufferPointer<Float>, label: String, communicator: Communicator) {
    self.communicator = communicator
    buckets = plan.buckets.map { UnsafeMutableBufferPointer(rebasing: arena[$0.elements]) }
    labels = plan.buckets.indices.map { "\(label) bucket \($0)" }
    pending.reserveCapacity(plan.buckets.count)
    communicator.reserve(allReduces: plan.buckets.count)
  }

  /// Every rank sends every bucket, in the same order, once its own segment of it is as it shall be.
  func send(bucket: Int) throws {
    pending.append(try communicator.startAllGather(buckets[bucket], label: labels[bucket]))
    try communicator.progress()
  }

  /// Waits until every bucket that was sent is whole.
  func finish() throws {
    for allGather in pending { try communicator.finish(allGather) }
    pending.removeAll(keepingCapacity: true)
  }
}
