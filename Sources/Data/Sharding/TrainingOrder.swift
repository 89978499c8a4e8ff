import Synchronization

/// The order of every epoch of a training run: a function of the seed, and of the shards where the data set has some.
public final class TrainingOrder: Sendable {
  private let count: Int
  private let shardSizes: [Int]?
  private let window: Int
  private let seed: UInt64
  /// An order of many shards takes a while to make, and a loader asks for the same with each batch.
  private let latest = Mutex<(epoch: Int, order: SampleOrder)?>(nil)

  /// - Parameters:
  ///   - shardSizes: nil where any sample may come at any time.
  ///   - window: samples that are mixed with each other, where there are shards.
  public init(count: Int, shardSizes: [Int]? = nil, window: Int = 16_384, seed: UInt64) {
    precondition(
      shardSizes.map { $0.reduce(0, +) == count } ?? true, "\(count) samples in shards of \(shardSizes ?? [])")
    self.count = count
    self.shardSizes = shardSizes
    self.window = window
    self.seed = seed
  }

  /// That of a data set.
  public convenience init(of dataSet: any DataSet, window: Int, seed: UInt64) {
    self.init(count: dataSet.count, shardSizes: dataSet.shardSizes, window: window, seed: seed)
  }

  public subscript(epoch: Int) -> SampleOrder {
    latest.withLock { latest in
      if let latest, latest.epoch == epoch { return latest.order }
      let order = make(epoch)
      latest = (epoch, order)
      return order
    }
  }

  private func make(_ epoch: Int) -> SampleOrder {
    guard let shardSizes else { return .shuffled(EpochOrder(count: count, seed: seed, epoch: epoch)) }
    return .byShard(ShardOrder(shardSizes: shardSizes, window: window, seed: seed, epoch: epoch))
  }
}
