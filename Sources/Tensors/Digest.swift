/// A 64-bit digest that tells equal bytes from unequal ones; no protection against someone who wants a collision.
///
/// The algorithm is XXH64 with seed 0 (Yann Collet, xxHash specification 0.1.1), so that `xxh64sum` gives the same.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  public let value: UInt64

  public init(value: UInt64) { self.value = value }

  public init(of bytes: UnsafeRawBufferPointer) {
    var lanes = DigestLanes()
    let whole = bytes.count - bytes.count % DigestLanes.stripeBytes
    lanes.take(UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
    self.init(lanes, count: bytes.count, rest: UnsafeRawBufferPointer(rebasing: bytes[whole...]))
  }

  public init(of text: String) {
    var text = text
    self = text.withUTF8 { Digest(of: UnsafeRawBufferPointer($0)) }
  }

  /// - Parameters:
  ///   - lanes: after all whole stripes of the `count` bytes.
  ///   - rest: what comes behind them.
  init(_ lanes: DigestLanes, count: Int, rest: UnsafeRawBufferPointer) {
    let hash = count < DigestLanes.stripeBytes ? DigestLanes.prime5 : lanes.merged
    value = Digest.finish(hash &+ UInt64(count), rest)
  }

  private static func finish(_ hash: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let (prime1, prime2, prime3) = (DigestLanes.prime1, DigestLanes.prime2, DigestLanes.prime3)
    var hash = hash
    var position = 0
    while position + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
      hash = DigestLanes.rotate(hash ^ DigestLanes.mix(0, word), 27) &* prime1 &+ DigestLanes.prime4
      position += 8
    }
    if position + 4 <= bytes.count {
      let word = UInt64(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian)
      hash = DigestLanes.rotate(hash ^ word &* prime1, 23) &* prime2 &+ prime3
      position += 4
    }
    while position < bytes.count {
      hash = DigestLanes.rotate(hash ^ UInt64(bytes[position]) &* DigestLanes.prime5, 11) &* prime1
      position += 1
    }
    hash = (hash ^ hash >> 33) &* prime2
    hash = (hash ^ hash >> 29) &* prime3
    return hash ^ hash >> 32
  }

  /// Sixteen hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
