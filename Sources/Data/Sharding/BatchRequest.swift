/// What one batch holds: a value that a `Loader` turns into pixels and labels.
public struct BatchRequest: Hashable, Sendable {
  /// Keys the random numbers of the augmentation, unless samples are repeated.
  public let epoch: Int
  public let positions: Range<Int>
  public let order: SampleOrder
  /// How samples are mixed with each other; nil: they are not.
  public let mixing: StepMixing?
  /// How often samples come in a row; nil: once.
  public let repetition: RepeatedVisits?

  public init(
    epoch: Int, positions: Range<Int>, order: SampleOrder, mixing: StepMixing? = nil, repetition: RepeatedVisits? = nil
  ) {
    self.epoch = epoch
    self.positions = positions
    self.order = order
    self.mixing = mixing
    self.repetition = repetition
  }

  public var count: Int { positions.count }

  /// The sample at `index` of the batch, in `0..<count`; then come those that are prepared with it.
  public func sample(_ index: Int) -> Int { order[visit(index).place] }

  /// The epoch that keys the augmentation of the sample at `index`.
  public func augmentationEpoch(_ index: Int) -> Int { visit(index).augmentationEpoch }

  private func visit(_ index: Int) -> (place: Int, augmentationEpoch: Int) {
    repetition?.visit(position(index)) ?? (position(index), epoch)
  }
}

extension BatchRequest {
  /// Samples that must be prepared: those of the batch, and at most two that others train on and that its own are mixed with.
  public var preparedCount: Int { mixing?.prepared(positions).count ?? count }

  /// Where in the epoch the sample at `index` is, in `0..<preparedCount`.
  package func position(_ index: Int) -> Int {
    guard index >= count, let prepared = mixing?.prepared(positions) else { return positions.lowerBound + index }
    return index == count && prepared.lowerBound < positions.lowerBound ? prepared.lowerBound : prepared.upperBound - 1
  }

  /// The index of the sample that the one at `index` is mixed with.
  package func partner(of index: Int) -> Int? {
    guard let mixing, let partner = mixing.partner(of: position(index)) else { return nil }
    if positions.contains(partner) { return partner - positions.lowerBound }
    return (count..<preparedCount).first { position($0) == partner }
  }
}

extension BatchRequest {
  /// The part of one training step that `rank` reads. `step` counts over all epochs, so that a run resumed at step s
  /// asks for s first; traps when the plan has no steps.
  public static func training(
    step: Int, rank: Int, plan: ShardPlan, order: TrainingOrder, mixing: Mixing? = nil, repeats: Int = 1
  ) -> BatchRequest {
    let (epoch, stepInEpoch) = step.quotientAndRemainder(dividingBy: plan.stepsPerEpoch)
    let repetition = RepeatedVisits(samples: plan.samples, repeats: repeats, epoch: epoch)
    return BatchRequest(
      epoch: epoch, positions: plan.localRange(step: stepInEpoch, rank: rank), order: order[repetition.orderEpoch],
      mixing: mixing.map { StepMixing($0, epoch: epoch, range: plan.globalRange(step: stepInEpoch)) },
      repetition: repetition)
  }

  /// One local batch of an evaluation, or nil after the last.
  public static func evaluation(batch: Int, rank: Int, plan: EvaluationPlan) -> BatchRequest? {
    guard batch < plan.batches(rank: rank) else { return nil }
    return BatchRequest(epoch: 0, positions: plan.localRange(batch: batch, rank: rank), order: .asStored)
  }
}
