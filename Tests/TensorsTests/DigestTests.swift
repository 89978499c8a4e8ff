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
}
