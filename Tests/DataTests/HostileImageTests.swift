import Data
import TestSupport
import Tensors
import Testing

/// Whatever a file holds: pixels or a `DataError`, soon, and the same again.
@Suite struct HostileImageTests {
  private static let options = DecodingOptions(limits: DecodingLimits(pixels: 4_000_000), orientation: .apply)

  enum Outcome: Equatable {
    case pixels(PixelSize, Digest)
    case refused(DataError)
  }

  /// Decodes a part that depends on the size alone, with a decoder that has seen other files.
  private static func outcome(_ file: [UInt8], _ name: String, with decoder: inout ImageDecoder) throws -> Outcome {
    var pixels = ByteBuffer()
    do {
      let size = try file.withUnsafeBytes { bytes throws(DataError) in
        let size = try decoder.readHeader(bytes, name: name)
        let region = PixelRegion(
          columns: size.width / 5..<size.width, rows: size.height / 3..<(size.height * 5 + 5) / 6)
        try decoder.decode(region, name: name, into: &pixels)
        return size
      }
      return .pixels(size, Digest(of: pixels.bytes))
    } catch let error as DataError {
      return .refused(error)
    }
  }

  /// How many of the cases gave pixels.
  private func run(_ cases: [HostileImage], _ options: DecodingOptions = Self.options) throws -> Int {
    var decoder = try ImageDecoder(options)
    var decoded = 0
    for hostile in cases {
      let start = ContinuousClock.now
      let first = try Self.outcome(hostile.bytes, hostile.name, with: &decoder)
      #expect(start.duration(to: .now) < .seconds(1), "\(hostile.name)")
      var fresh = try ImageDecoder(options)
      let second = try Self.outcome(hostile.bytes, hostile.name, with: &fresh)
      #expect(first == second, "\(hostile.name)")
      if case .pixels = first { decoded += 1 }
    }
    return decoded
  }

  @Test(arguments: ["rgb.jpg", "gray.jpg", "progressive.jpg", "cmyk.jpg"], DecodingOptions.WarningPolicy.allCases)
  func damagedJPEGs(name: String, policy: DecodingOptions.WarningPolicy) throws {
    var options = Self.options
    options.onWarning = policy
    var images = HostileImages(name, try Fixtures.bytes(name), seed: 61)
    let cases =
      images.truncated() + images.flipped(150) + images.spliced(60) + images.headers() + images.tables(60)
      + images.restarts(40) + images.hugeMetadata()
    #expect(cases.count > 400)
    let decoded = try run(cases, options)
    #expect(decoded < cases.count)
    // What libjpeg makes of damage is accepted more often.
    if policy == .accept { #expect(decoded > cases.count / 3) }
  }

  @Test(arguments: ["0-16", "2-8-interlaced", "3-4", "6-16"]) func damagedPNGs(name: String) throws {
    var images = HostileImages(name, try Fixtures.bytes("png/\(name).png"), seed: 62)
    let cases = images.truncated() + images.flipped(150) + images.spliced(60)
    // Every piece of a file has a checksum.
    #expect(try run(cases) < cases.count / 8)
  }

  @Test func filesOfAlmostNothing() throws {
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let starts: [[UInt8]] = [[], [0xFF, 0xD8], [0xFF, 0xD8, 0xFF], png]
    let cases = starts.flatMap { start in
      [0, 1, 64, 100_000].flatMap { count in
        [UInt8(0), 0xFF].map { fill in
          HostileImage(
            name: "\(start.count) bytes and \(count) times \(fill)",
            bytes: start + [UInt8](repeating: fill, count: count))
        }
      }
    }
    #expect(try run(cases) == 0)
  }

  /// A file of one row or column, as long as JPEG can have it, is an image like any other.
  @Test(arguments: [(65_500, 1), (1, 65_500)]) func linesAreImages(width: Int, height: Int) throws {
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let file = try JPEGEncoder().encode(pixels, width: width, height: height)
    #expect(try run([HostileImage(name: "line", bytes: file)]) == 1)
  }

  @Test func thousandsOfScansAreRefused() throws {
    let file = manyScans(of: try Fixtures.bytes("progressive.jpg"), times: 5000)
    #expect(try run([HostileImage(name: "scans", bytes: file)]) == 0)
    #expect(throws: DataError.limitExceeded(path: "x", found: "scan 101", limit: "100", kind: .scans)) {
      try decode(file, name: "x")
    }
  }

  /// A few bytes that promise billions of pixels are refused by their header, before there is memory for them.
  @Test func bombsAreRefused() throws {
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
      let body = Array(name.utf8) + content
      return word(UInt32(content.count)) + body + word(crc32(body[...]))
    }
    let side: [UInt8] = [0, 0, 0xFF, 0xFF]
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    for type: UInt8 in [0, 2, 6] {
      let file = png + chunk("IHDR", side + side + [8, type, 0, 0, 0]) + chunk("IDAT", [0x78, 0x9C])
      #expect(throws: DataError.limitExceeded(path: "x", found: "65535x65535", limit: "100000000", kind: .pixels)) {
        try decode(file, name: "x")
      }
    }
    var jpeg = try Fixtures.bytes("rgb.jpg")
    let frame = try #require((0..<jpeg.count).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(throws: DataError.limitExceeded(path: "x", found: "65500x65500", limit: "100000000", kind: .pixels)) {
      try decode(jpeg, name: "x")
    }
  }
}
