import Data
import TestSupport
import Testing

@Suite struct OrientationTests {
  private static let options = DecodingOptions(orientation: .apply)

  /// A JPEG with an EXIF segment behind its first two bytes.
  private static func file(_ tiff: [UInt8], _ jpeg: [UInt8]) -> [UInt8] {
    let body = Array("Exif\0\0".utf8) + tiff
    let length = body.count + 2
    return jpeg.prefix(2) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + body + jpeg.dropFirst(2)
  }

  /// TIFF of one directory: a field that is not meant, then the orientation.
  private static func tiff(_ orientation: UInt8, littleEndian: Bool = false) -> [UInt8] {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
      let big = (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - $0))) }
      return littleEndian ? big.reversed() : big
    }
    let other = number(0x010F, 2) + number(2, 2) + number(1, 4) + [65, 0, 0, 0]
    let field = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(Int(orientation), 2) + number(0, 2)
    return Array((littleEndian ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(2, 2) + other + field
      + number(0, 4)
  }

  /// Where a pixel that is seen is stored; checked against Pillow's `exif_transpose`.
  private static func stored(_ orientation: UInt8, _ x: Int, _ y: Int, _ size: PixelSize) -> (x: Int, y: Int) {
    let (right, bottom) = (size.width - 1, size.height - 1)
    return switch orientation {
    case 2: (right - x, y)
    case 3: (right - x, bottom - y)
    case 4: (x, bottom - y)
    case 5: (y, x)
    case 6: (y, bottom - x)
    case 7: (right - y, bottom - x)
    case 8: (right - y, x)
    default: (x, y)
    }
  }

  /// Whole images and parts, for all eight ways to hold a camera and for numbers that mean nothing.
  @Test(arguments: UInt8(0)...9, [false, true]) func pixelsAreTurned(orientation: UInt8, littleEndian: Bool) throws {
    let file = Self.file(Self.tiff(orientation, littleEndian: littleEndian), try Fixtures.bytes("rgb.jpg"))
    let pixels = try Fixtures.bytes("rgb.jpg.rgb")
    #expect(try decode(file).pixels == pixels)
    let seen =
      (5...8).contains(orientation)
      ? PixelSize(width: Fixtures.size.height, height: Fixtures.size.width) : Fixtures.size
    var decoder = try ImageDecoder(Self.options)
    var buffer = ByteBuffer()
    var random = TestRandom(seed: 51)
    for _ in 0..<40 {
      let (x, y) = (random.integer(in: 0..<seen.width), random.integer(in: 0..<seen.height))
      let region = PixelRegion(
        columns: x..<random.integer(in: x + 1..<seen.width + 1), rows: y..<random.integer(in: y + 1..<seen.height + 1))
      try file.withUnsafeBytes { bytes in
        #expect(try decoder.readHeader(bytes, name: "part") == seen)
        try decoder.decode(region, name: "part", into: &buffer)
      }
      var expected: [UInt8] = []
      for y in region.rows {
        for x in region.columns {
          let place = Self.stored(orientation, x, y, Fixtures.size)
          let start = (place.y * Fixtures.size.width + place.x) * 3
          expected += pixels[start..<start + 3]
        }
      }
      #expect(threeBytes(buffer.bytes) == expected, "\(region)")
    }
  }

  /// EXIF data that ends early, points outside or counts what is not there leaves the image upright or turns it.
  @Test func damagedDataIsHarmless() throws {
    let jpeg = try Fixtures.bytes("rgb.jpg")
    let whole = Self.tiff(6)
    for count in 0..<whole.count {
      let size = try decode(Self.file(Array(whole[..<count]), jpeg), Self.options).size
      // The value is the last but six of the bytes.
      #expect(size.width == (count < whole.count - 6 ? Fixtures.size.width : Fixtures.size.height), "\(count) bytes")
    }
    for offset in whole.indices {
      for value in [UInt8(0), 1, 0x7F, 0x80, 0xFF] {
        var tiff = whole
        tiff[offset] = value
        #expect(try decode(Self.file(tiff, jpeg), Self.options).size.pixels == Fixtures.size.pixels)
      }
    }
  }

  /// Only JPEG files are turned, and only where the EXIF segment is before the pixels.
  @Test func othersStay() throws {
    let jpeg = try Fixtures.bytes("rgb.jpg")
    #expect(try decode(jpeg, Self.options).size == Fixtures.size)
    #expect(try decode(jpeg + Self.file(Self.tiff(6), [0xFF, 0xD8]), Self.options).size == Fixtures.size)
    #expect(try decode(Fixtures.bytes("png/6-8.png"), Self.options).size == PNGDecoderTests.size)
  }
}
