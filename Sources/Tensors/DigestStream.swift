/// The digest of bytes that come in pieces: `Digest(of:)` of all of them, one behind the other, however they are cut.
public struct DigestStream: Sendable {
  private var lanes = DigestLanes()
  private var count = 0
  /// The bytes behind the last whole stripe, as many as `count` says.
  private var rest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  public init() {}

  /// Allocates nothing.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var bytes = bytes
    let kept = count % DigestLanes.stripeBytes
    count += bytes.count
    if kept > 0 {
      let filling = min(DigestLanes.stripeBytes - kept, bytes.count)
      withUnsafeMutableBytes(of: &rest) { rest in
        UnsafeMutableRawBufferPointer(rebasing: rest[kept...]).copyMemory(from: .init(rebasing: bytes[..<filling]))
        if kept + filling == DigestLanes.stripeBytes { lanes.take(UnsafeRawBufferPointer(rest)) }
      }
      bytes = .init(rebasing: bytes[filling...])
    }
    let whole = bytes.count - bytes.count % DigestLanes.stripeBytes
    lanes.take(.init(rebasing: bytes[..<whole]))
    let tail = UnsafeRawBufferPointer(rebasing: bytes[whole...])
    if !tail.isEmpty { withUnsafeMutableBytes(of: &rest) { $0.copyMemory(from: tail) } }
  }

  /// The digest of what was appended so far.
  public var digest: Digest {
    withUnsafeBytes(of: rest) { rest in
      Digest(lanes, count: count, rest: .init(rebasing: rest[..<(count % DigestLanes.stripeBytes)]))
    }
  }
}
