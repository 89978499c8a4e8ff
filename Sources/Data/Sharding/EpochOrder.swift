import Tensors

/// The order in which an epoch visits the samples of a data set: a permutation of `0..<count` that is a function of
/// (seed, epoch) alone. It needs no table, so any rank can ask for any position, also in the middle of an epoch.
///
/// A Feistel network over `0..<rows * columns`, the smallest nearly square rectangle that holds `count`, with cycle
/// walking for the few values of the rectangle beyond `count`; the round functions are draws of Philox.
/// Source: Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002, section 5 and section 3.
public struct EpochOrder: Hashable, Sendable {
  public let count: Int
  private let seed: UInt64
  private let epoch: Int
  private let stream: Int
  private let rows: UInt64
  private let columns: UInt64

  /// With 8 rounds the 120 orders of five samples are measurably unequal; with 16 they, and the 720 of six, are not.
  private static let rounds = 16

  /// - Parameters:
  ///   - count: samples of the data set, at most 2^62.
  ///   - epoch: at most 2^24 - 1.
  ///   - stream: below 2^28; orders of different streams have nothing to do with each other.
  public init(count: Int, seed: UInt64, epoch: Int, stream: Int = 0) {
    precondition(count >= 0 && count <= 1 << 62, "an order of \(count) samples")
    precondition(stream >= 0 && stream < 1 << 28, "stream \(stream)")
    self.stream = stream
    self.count = count
    self.seed = seed
    self.epoch = epoch
    var side = UInt64(Double(count).squareRoot())
    while side * side < UInt64(count) { side += 1 }
    rows = max(side, 1)
    columns = (UInt64(count) + rows - 1) / rows
  }

  /// The sample visited at `position`, both in `0..<count`; traps outside.
  public subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "position \(position) of an epoch of \(count) samples")
    var value = UInt64(position)
    repeat { value = permuteRectangle(value) } while value >= UInt64(count)
    return Int(value)
  }

  /// One pass of the network over `0..<rows * columns`: each round shifts one coordinate, cyclically, by a random
  /// function of the other, and the two change places.
  private func permuteRectangle(_ value: UInt64) -> UInt64 {
    var left = value % rows
    var right = value / rows
    for round in 0..<Self.rounds {
      let side = round.isMultiple(of: 2) ? rows : columns
      (left, right) = (right, (left + draw(round, right, below: side)) % side)
    }
    return right * rows + left
  }

  private func draw(_ round: Int, _ half: UInt64, below bound: UInt64) -> UInt64 {
    // A half is below 2^32 and a round below 2^4, which leaves bits 32 to 47 and 52 to 63 for the stream: every (stream,
    // round, half) has a key of its own.
    let streamBits = (stream & 0xFFFF) << 32 | (stream >> 16) << 52
    var random = KeyedRandom(seed: seed, purpose: .shuffle, epoch: epoch, index: streamBits | round << 48 | Int(half))
    return random.next().multipliedFullWidth(by: bound).high
  }
}

/// How positions of a pass over a data set become samples.
public enum SampleOrder: Hashable, Sendable {
  /// Position and sample are the same: evaluation.
  case asStored
  /// Training.
  case shuffled(EpochOrder)
  /// Training, from shards.
  case byShard(ShardOrder)

  public subscript(position: Int) -> Int {
    switch self {
    case .asStored: position
    case .shuffled(let order): order[position]
    case .byShard(let order): order[position]
    }
  }
}
