/// What one batch holds: a value that a `Loader` turns into pixels and labels.
public struct BatchRequest: Hashable, Sendable {
  /// Keys the random numbers of the augmentation.
  public let epoch: Int
  public let positions: Range<Int>
  public let order: SampleOrder

  public init(epoch: Int, positions: Range<Int>, order: SampleOrder) {
    self.epoch = epoch
    self.positions = positions
    self.order = order
  }

  public var count: Int { positions.count }

  /// The sample at `index` of the batch, in `0..<count`.
  public func sample(_ index: Int) -> Int { order[positions.lowerBound + index] }
}

extension BatchRequest {
  /// The part of one training step that `rank` reads. `step` counts over all epochs, so that a run resumed at step s
  /// asks for s first; traps when the plan has no steps.
  public static func training(step: Int, rank: Int, plan: ShardPlan, order: TrainingOrder) -> BatchRequest {
    let (epoch, stepInEpoch) = step.quotientAndRemainder(dividingBy: plan.stepsPerEpoch)
    return BatchRequest(
      epoch: epoch, positions: plan.localRange(step: stepInEpoch, rank: rank), order: order[epoch])
  }

  /// One local batch of an evaluation, or nil after the last.
  public static func evaluation(batch: Int, rank: Int, plan: EvaluationPlan) -> BatchRequest? {
    guard batch < plan.batches(rank: rank) else { return nil }
    return BatchRequest(epoch: 0, positions: plan.localRange(batch: batch, rank: rank), order: .asStored)
  }
}
