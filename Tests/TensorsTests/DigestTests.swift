import Testing
import Tensors

@Suite struct DigestTests {
  /// Answers of the reference implementation, for lengths that reach every branch.
  @Test(
    arguments: [
      ("", 0xef46_db37_51d8_e999), ("a", 0xd24e_c4f1_a98c_6e5b), ("abc", 0x44bc_2cf5_ad77_0999),
      ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1),
    ] as [(String, UInt64)])
  func knownAnswers(text: String, expected: UInt64) {
    #expect(Digest(of: text).value == expected)
  }

  @Test func everyByteMatters() {
    var bytes = (0..<77).map { UInt8($0) }
    let digest = bytes.withUnsafeBytes { Digest(of: $0) }
    for index in bytes.indices {
      bytes[index] ^= 1
      #expect(bytes.withUnsafeBytes { Digest(of: $0) } != digest)
      bytes[index] ^= 1
    }
  }

  /// Every way to cut 130 bytes in three.
  @Test func piecesMakeTheDigestOfTheWhole() {
    let bytes = (0..<130).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 5) }
    bytes.withUnsafeBytes { bytes in
      for end in [0, 31, 32, 33, 64, 100, 130] {
        let expected = Digest(of: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        for second in 0...end {
          for first in 0...second {
            var stream = DigestStream()
            for piece in [0..<first, first..<second, second..<end] {
              stream.append(UnsafeRawBufferPointer(rebasing: bytes[piece]))
            }
            #expect(stream.digest == expected)
          }
        }
      }
    }
  }
}
