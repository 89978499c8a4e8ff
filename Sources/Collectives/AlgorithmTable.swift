/// Which algorithm adds up messages of which size: equal on every rank.
public struct AlgorithmTable: Hashable, Sendable, CustomStringConvertible {
  public struct Entry: Hashable, Sendable {
    /// The largest message that it is for; nil: any.
    public let upToBytes: Int?
    public let algorithm: AllReduceAlgorithm

    public init(upToBytes: Int?, algorithm: AllReduceAlgorithm) {
      (self.upToBytes, self.algorithm) = (upToBytes, algorithm)
    }
  }

  /// Ascending; the last one is for any size.
  public let entries: [Entry]

  public init(_ entries: [Entry]) {
    precondition(entries.last.map { $0.upToBytes == nil } ?? false, "a table ends with an algorithm for any size")
    self.entries = entries
  }

  /// The same algorithm for every size.
  public init(_ algorithm: AllReduceAlgorithm) {
    self.init([Entry(upToBytes: nil, algorithm: algorithm)])
  }

  /// What is fastest nearly everywhere: on one host nothing is as fast as its memory, and between hosts of one rank two
  /// levels are a ring.
  public static let `default` = AlgorithmTable(.twoLevel)

  /// As `recursive_doubling to 65536 bytes, two_level`.
  public var description: String {
    entries.map { "\($0.algorithm.rawValue)\($0.upToBytes.map { " to \($0) bytes" } ?? "")" }.joined(separator: ", ")
  }

  public func algorithm(bytes: Int) -> AllReduceAlgorithm {
    for entry in entries where entry.upToBytes.map({ bytes <= $0 }) ?? true { return entry.algorithm }
    return entries[entries.count - 1].algorithm
  }
}
