/// XXH64's four accumulators: what becomes of a text's whole stripes of 32 bytes.
///
/// Four variables, not a vector: no vector unit below AVX-512 multiplies 64-bit numbers, and four chains of scalar
/// multiplications keep a core busy.
struct DigestLanes: Sendable {
  static let stripeBytes = 32
  static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  private var lane0 = prime1 &+ prime2
  private var lane1 = prime2
  private var lane2: UInt64 = 0
  private var lane3 = 0 &- prime1

  /// Traps unless the bytes are whole stripes.
  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count % Self.stripeBytes == 0, "\(bytes.count) bytes are no whole stripes")
    guard var next = bytes.baseAddress else { return }
    let end = next + bytes.count
    var (first, second, third, fourth) = (lane0, lane1, lane2, lane3)
    while next < end {
      first = Self.mix(first, next.loadUnaligned(as: UInt64.self).littleEndian)
      second = Self.mix(second, (next + 8).loadUnaligned(as: UInt64.self).littleEndian)
      third = Self.mix(third, (next + 16).loadUnaligned(as: UInt64.self).littleEndian)
      fourth = Self.mix(fourth, (next + 24).loadUnaligned(as: UInt64.self).littleEndian)
      next += Self.stripeBytes
    }
    (lane0, lane1, lane2, lane3) = (first, second, third, fourth)
  }

  /// The four as one.
  var merged: UInt64 {
    var hash =
      Self.rotate(lane0, 1) &+ Self.rotate(lane1, 7) &+ Self.rotate(lane2, 12) &+ Self.rotate(lane3, 18)
    for lane in [lane0, lane1, lane2, lane3] {
      hash = (hash ^ Self.mix(0, lane)) &* Self.prime1 &+ Self.prime4
    }
    return hash
  }

  @inline(__always)
  static func mix(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotate(lane &+ word &* prime2, 31) &* prime1
  }

  @inline(__always)
  static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}
