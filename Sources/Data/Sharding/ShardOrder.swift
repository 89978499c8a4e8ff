/// An order that reads shards nearly from end to end: a permutation of all samples that is a function of (seed, epoch).
///
/// Shards are put in a random order, one after the other; this row is cut into windows of `window` samples, the last one
/// possibly smaller; and the samples of a window are permuted. So a position costs O(log shards) time wherever it is, the
/// whole O(shards) memory, and at any time only the shards of a window are read.
public struct ShardOrder: Hashable, Sendable {
  public let count: Int
  private let window: Int
  private let seed: UInt64
  private let epoch: Int
  /// Of the shards in their random order: the first sample in the data set, and the first place in the row.
  private let firstSamples: [Int]
  private let firstPlaces: [Int]

  /// Streams of `EpochOrder`: 0 is a whole epoch's.
  private static let shardStream = 1
  private static let firstWindowStream = 2

  /// - Parameters:
  ///   - shardSizes: samples of each shard; they are numbered by shard. Together at most 2^28 windows.
  ///   - epoch: at most 2^24 - 1.
  public init(shardSizes: [Int], window: Int, seed: UInt64, epoch: Int) {
    precondition(window > 0, "a window of \(window) samples")
    let starts = shardSizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let shards = EpochOrder(count: shardSizes.count, seed: seed, epoch: epoch, stream: Self.shardStream)
    let order = shardSizes.indices.map { shards[$0] }
    count = starts[shardSizes.count]
    firstSamples = order.map { starts[$0] }
    firstPlaces = order.reduce(into: [0]) { $0.append($0[$0.count - 1] + shardSizes[$1]) }
    self.window = window
    self.seed = seed
    self.epoch = epoch
  }

  /// The sample visited at `position`, both in `0..<count`; traps outside.
  public subscript(position: Int) -> Int {
    let (number, inside) = position.quotientAndRemainder(dividingBy: window)
    let start = number * window
    let order = EpochOrder(
      count: min(window, count - start), seed: seed, epoch: epoch, stream: Self.firstWindowStream + number)
    let place = start + order[inside]
    let shard = partition(firstPlaces, holding: place)
    return firstSamples[shard] + place - firstPlaces[shard]
  }
}
