/// Which positions of an epoch each rank trains on, step by step.
///
/// An epoch's positions `0..<samples` are cut into global batches of `globalBatch`, the last one possibly smaller, and
/// each global batch into contiguous parts, one a rank. So every sample is seen exactly once an epoch, and a step's
/// global batch is the same at any world size. Ranks may have unequal parts, or none.
public struct ShardPlan: Hashable, Sendable {
  public let samples: Int
  public let globalBatch: Int
  public let worldSize: Int

  /// Traps unless `globalBatch` and `worldSize` are positive.
  public init(samples: Int, globalBatch: Int, worldSize: Int) {
    precondition(samples >= 0, "\(samples) samples")
    precondition(globalBatch > 0, "a global batch of \(globalBatch) samples")
    precondition(worldSize > 0, "a world of \(worldSize) ranks")
    self.samples = samples
    self.globalBatch = globalBatch
    self.worldSize = worldSize
  }

  public var stepsPerEpoch: Int { (samples + globalBatch - 1) / globalBatch }

  /// The positions of one step's global batch; `step` counts from 0 within the epoch.
  public func globalRange(step: Int) -> Range<Int> {
    precondition(step >= 0 && step < stepsPerEpoch, "step \(step) of an epoch of \(stepsPerEpoch) steps")
    let start = step * globalBatch
    return start..<min(start + globalBatch, samples)
  }

  /// The positions of one step that `rank` trains on.
  public func localRange(step: Int, rank: Int) -> Range<Int> {
    balancedPart(of: globalRange(step: step), rank: rank, worldSize: worldSize)
  }

  /// The distinct local batch sizes that `rank` meets in an epoch, largest first; empty when there are no steps.
  /// A network is compiled once for each.
  public func localCounts(rank: Int) -> [Int] {
    guard stepsPerEpoch > 0 else { return [] }
    let first = localRange(step: 0, rank: rank).count
    let last = localRange(step: stepsPerEpoch - 1, rank: rank).count
    return first == last ? [first] : [first, last]
  }
}

/// Which samples of a validation set each rank evaluates: a contiguous range a rank, read in local batches.
///
/// Every sample is evaluated exactly once, at any world size. Ranks may have a different number of batches.
public struct EvaluationPlan: Hashable, Sendable {
  public let samples: Int
  public let localBatch: Int
  public let worldSize: Int

  /// Traps unless `localBatch` and `worldSize` are positive.
  public init(samples: Int, localBatch: Int, worldSize: Int) {
    precondition(samples >= 0, "\(samples) samples")
    precondition(localBatch > 0, "a local batch of \(localBatch) samples")
    precondition(worldSize > 0, "a world of \(worldSize) ranks")
    self.samples = samples
    self.localBatch = localBatch
    self.worldSize = worldSize
  }

  /// All samples that `rank` evaluates.
  public func range(rank: Int) -> Range<Int> {
    balancedPart(of: 0..<samples, rank: rank, worldSize: worldSize)
  }

  /// How many local batches `rank` has.
  public func batches(rank: Int) -> Int {
    (range(rank: rank).count + localBatch - 1) / localBatch
  }

  /// The samples of one local batch; the last one may be smaller.
  public func localRange(batch: Int, rank: Int) -> Range<Int> {
    precondition(batch >= 0 && batch < batches(rank: rank), "batch \(batch) of \(batches(rank: rank))")
    let range = range(rank: rank)
    let start = range.lowerBound + batch * localBatch
    return start..<min(start + localBatch, range.upperBound)
  }

  /// The distinct local batch sizes that `rank` meets, largest first; empty when it has no samples.
  public func localCounts(rank: Int) -> [Int] {
    let (full, rest) = range(rank: rank).count.quotientAndRemainder(dividingBy: localBatch)
    return (full > 0 ? [localBatch] : []) + (rest > 0 ? [rest] : [])
  }
}
