/// Repeated augmentation: how an epoch's positions become places in an order and repetitions of what lies there.
///
/// With R repeats, R epochs together follow the order of one, and each sample comes R times in them, augmented differently. An
/// epoch keeps its length, so that schedules do, as in DeiT's sampler. The repetitions of two samples take turns: all of them
/// are near each other, and two neighbours, which may be mixed, are never the same sample (but for the last of an odd number).
/// Source: Hoffer et al., "Augment Your Batch", CVPR 2020.
public struct RepeatedVisits: Hashable, Sendable {
  public let samples: Int
  public let repeats: Int
  public let epoch: Int

  public init(samples: Int, repeats: Int, epoch: Int) {
    precondition(repeats > 0, "\(repeats) repeats")
    (self.samples, self.repeats, self.epoch) = (samples, repeats, epoch)
  }

  /// The epoch whose order is followed.
  public var orderEpoch: Int { epoch / repeats }

  /// The place in that order, and the epoch that keys the augmentation: different for each repetition of a sample, and for
  /// one repeat the epoch itself.
  public func visit(_ position: Int) -> (place: Int, augmentationEpoch: Int) {
    precondition(position >= 0 && position < samples, "position \(position) of \(samples) samples")
    let (block, turn) = (epoch % repeats * samples + position).quotientAndRemainder(dividingBy: 2 * repeats)
    let isAlone = 2 * block + 1 == samples
    let repetition = isAlone ? turn : turn / 2
    return (2 * block + (isAlone ? 0 : turn % 2), orderEpoch * repeats + repetition)
  }
}
