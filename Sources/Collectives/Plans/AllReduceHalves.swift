/// What of an all-reduce is done. A ring and two levels are two halves, one after the other.
public enum AllReduceHalves: Hashable, Sendable {
  case both
  /// Every rank ends with the sums of its own segment; the rest of its values is of no use any more.
  case reduceScatter
  /// Every rank begins with its own segment and ends with everyone's; nothing is added.
  case allGather
}

extension AllReduceAlgorithm {
  /// Whether it can be done in halves: where each sum is first at one rank alone.
  public var hasHalves: Bool { self == .ring || self == .twoLevel }
}
