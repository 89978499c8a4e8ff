import Data
import TestSupport
import Testing

@Suite struct PNGDecoderTests {
  static let size = PixelSize(width: 21, height: 13)
  static let kinds = [
    "0-1", "0-2", "0-4", "0-8", "0-16", "2-8", "2-16", "3-1", "3-2", "3-4", "3-8", "4-8", "4-16", "6-8", "6-16",
  ]

  /// Every colour type and bit depth, plain and interlaced, whole and in parts.
  @Test(arguments: kinds) func decodesLikePillow(kind: String) throws {
    let expected = try Fixtures.bytes("png/\(kind).rgb")
    for file in try [Fixtures.bytes("png/\(kind).png"), Fixtures.bytes("png/\(kind)-interlaced.png")] {
      let image = try decode(file)
      #expect(image.size == Self.size && image.pixels == expected)
      var random = TestRandom(seed: 41)
      var decoder = try ImageDecoder()
      var pixels = ByteBuffer()
      for _ in 0..<60 {
        let (x, y) = (random.integer(in: 0..<21), random.integer(in: 0..<13))
        let region = PixelRegion(
          columns: x..<random.integer(in: x + 1..<22), rows: y..<random.integer(in: y + 1..<14))
        try file.withUnsafeBytes { bytes in
          _ = try decoder.readHeader(bytes, name: "part")
          try decoder.decode(region, name: "part", into: &pixels)
        }
        #expect(threeBytes(pixels.bytes) == TurboJPEGImage.part(region, of: expected, Self.size))
      }
    }
  }

  /// The first bytes decide, whatever the name says.
  @Test func isKnownByItsFirstBytes() throws {
    #expect(try decode(Fixtures.bytes("png.jpg"), name: "a/png.jpg").size == PixelSize(width: 8, height: 8))
  }

  @Test func truncatedAnywhereIsAnError() throws {
    for kind in Self.kinds {
      let whole = try Fixtures.bytes("png/\(kind).png")
      for count in 8..<whole.count {
        #expect(throws: DataError.self, "\(kind), \(count) of \(whole.count)") { try decode(Array(whole[..<count])) }
      }
    }
  }

  /// A byte that is not as it was written changes a checksum, and so is noticed wherever it lies.
  @Test(arguments: ["2-8", "3-4-interlaced"]) func everyChangedByteIsAnError(kind: String) throws {
    let whole = try Fixtures.bytes("png/\(kind).png")
    let expected = try decode(whole).pixels
    for offset in whole.indices {
      var file = whole
      file[offset] ^= 0x10
      // A chunk's name may turn into another one's that does not matter; then nothing else may change.
      let pixels = try? decode(file).pixels
      #expect(pixels == nil || pixels == expected, "byte \(offset)")
    }
  }

  @Test func hugeImagesAreRefused() throws {
    var file = try Fixtures.bytes("png/2-8.png")
    for offset in [16, 20] { file.replaceSubrange(offset..<offset + 4, with: [0x7F, 0xFF, 0xFF, 0xFF]) }
    #expect(throws: DataError.self) { try decode(file) }
    // With a checksum that fits, too.
    let crc = crc32(file[12..<29])
    for byte in 0..<4 { file[29 + byte] = UInt8(truncatingIfNeeded: crc >> UInt32(24 - 8 * byte)) }
    #expect(
      throws: DataError.limitExceeded(
        path: "x", found: "2147483647x2147483647", limit: "100000000", kind: .pixels)
    ) { try decode(file, name: "x") }
  }

  @Test func memoryOfInterlacedFilesIsBounded() throws {
    let options = DecodingOptions(limits: DecodingLimits(memoryBytes: 1200))
    #expect(try decode(Fixtures.bytes("png/2-8.png"), options).size == Self.size)
    #expect(
      throws: DataError.limitExceeded(
        path: "x", found: "21x13 interlaced pixels", limit: "1200", kind: .memoryBytes)
    ) { try decode(Fixtures.bytes("png/2-8-interlaced.png"), name: "x", options) }
  }
}
