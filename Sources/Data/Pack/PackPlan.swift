/// How a folder tree becomes shards.
public struct PackOptions: Hashable, Sendable {
  /// When a shard is full.
  public enum ShardSize: Hashable, Sendable {
    /// Of its file, as far as images are copied; shards of images made smaller are smaller.
    case bytes(Int)
    case samples(Int)
  }

  public var shardSize: ShardSize
  /// What the shorter side of a larger image is resized to, in pixels; nil copies the files.
  public var shorterSide: Int?
  /// Of the JPEG files that are made of resized images, 1 to 100.
  public var quality: Int
  /// Images lie in an order that follows from it; nil leaves them sorted by class.
  public var shuffleSeed: UInt64?

  public init(
    shardSize: ShardSize = .bytes(256_000_000), shorterSide: Int? = nil, quality: Int = 90, shuffleSeed: UInt64? = 1
  ) {
    self.shardSize = shardSize
    self.shorterSide = shorterSide
    self.quality = quality
    self.shuffleSeed = shuffleSeed
  }
}

/// Which samples of a tree go into which shard, in which order: a value.
public struct PackPlan: Hashable, Sendable {
  /// Positions in the order of all samples, without gaps. None is empty.
  public let shards: [Range<Int>]
  private let order: SampleOrder

  /// - Parameter fileBytes: of each sample; asked only where shards are measured in bytes.
  public init(samples: Int, options: PackOptions, fileBytes: [Int]) {
    order =
      options.shuffleSeed.map { .shuffled(EpochOrder(count: samples, seed: $0, epoch: 0)) } ?? .asStored
    var shards: [Range<Int>] = []
    var start = 0
    var bytes = 0
    for position in 0..<samples {
      let isFull: Bool
      switch options.shardSize {
      case .samples(let count): isFull = position - start == count
      case .bytes(let limit):
        let size = TarWriter.memberBytes(fileBytes[order[position]]) + TarWriter.memberBytes(1)
        isFull = position > start && bytes + size + TarWriter.endBytes > limit
        bytes = isFull ? size : bytes + size
      }
      if isFull {
        shards.append(start..<position)
        start = position
      }
    }
    if start < samples { shards.append(start..<samples) }
    self.shards = shards
  }

  public func sample(at position: Int) -> Int { order[position] }

  /// `shard-00012.tar`; names sort as the shards do.
  public func name(ofShard shard: Int) -> String {
    "shard-\(padded(shard, to: max(5, String(max(0, shards.count - 1)).count))).tar"
  }
}

/// A number with zeros in front.
func padded(_ number: Int, to width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
