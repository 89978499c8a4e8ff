/// The last collectives that a rank has begun, each as its number and a digest: enough to tell that two ranks, though they
/// are not in the same collective now, have parted before.
package struct CollectiveHistory: BitwiseCopyable {
  static let length = 64

  /// Number n, its low half in the high half, lies at n modulo the length.
  private var entries = InlineArray<64, UInt64>(repeating: .max)

  package init() {}

  mutating func append(_ heading: Heading) {
    entries[Int(heading.sequence % UInt64(Self.length))] = heading.sequence << 32 | UInt64(heading.digest)
  }

  /// The first number that both know and under which they have begun different collectives.
  func firstDifference(from other: Self) -> UInt64? {
    (0..<Self.length).filter { entries[$0] >> 32 == other.entries[$0] >> 32 && entries[$0] != other.entries[$0] }
      .map { entries[$0] >> 32 }.min()
  }
}
