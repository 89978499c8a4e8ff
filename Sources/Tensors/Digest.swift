/// A 64-bit digest that tells equal bytes from unequal ones; no protection against someone who wants a collision.
///
/// The algorithm is XXH64 with seed 0 (Yann Collet, xxHash specification 0.1.1), so that `xxh64sum` gives the same.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  public let value: UInt64

  public init(value: UInt64) { self.value = value }

  public init(of bytes: UnsafeRawBufferPointer) {
    var position = 0
    var hash: UInt64
    if bytes.count >= 32 {
      var lanes = SIMD4<UInt64>(prime1 &+ prime2, prime2, 0, 0 &- prime1)
      while position + 32 <= bytes.count {
        for lane in 0..<4 {
          lanes[lane] = mix(lanes[lane], bytes.load64(position + 8 * lane))
        }
        position += 32
      }
      hash =
        rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
      for lane in 0..<4 {
        hash = (hash ^ mix(0, lanes[lane])) &* prime1 &+ prime4
      }
    } else {
      hash = prime5
    }
    hash &+= UInt64(bytes.count)
    value = Digest.finish(hash, bytes, from: position)
  }

  public init(of text: String) {
    var text = text
    self = text.withUTF8 { Digest(of: UnsafeRawBufferPointer($0)) }
  }

  private static func finish(_ hash: UInt64, _ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt64 {
    var hash = hash
    var position = start
    while position + 8 <= bytes.count {
      hash = rotate(hash ^ mix(0, bytes.load64(position)), 27) &* prime1 &+ prime4
      position += 8
    }
    if position + 4 <= bytes.count {
      let word = UInt64(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian)
      hash = rotate(hash ^ word &* prime1, 23) &* prime2 &+ prime3
      position += 4
    }
    while position < bytes.count {
      hash = rotate(hash ^ UInt64(bytes[position]) &* prime5, 11) &* prime1
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

private let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
private let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
private let prime3: UInt64 = 0x1656_67B1_9E37_79F9
private let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
private let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

private func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

private func mix(_ lane: UInt64, _ word: UInt64) -> UInt64 {
  rotate(lane &+ word &* prime2, 31) &* prime1
}

extension UnsafeRawBufferPointer {
  fileprivate func load64(_ offset: Int) -> UInt64 {
    loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
  }
}
