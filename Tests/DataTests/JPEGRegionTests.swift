import Data
import TestSupport
import Testing

/// A part decoded alone has the bits of the whole image, for every kind of file and every place of the part.
@Suite struct JPEGRegionTests {
  enum Kind: String, CaseIterable {
    case gray, rgb, cmyk

    var format: JPEGEncoder.PixelFormat { self == .gray ? .gray : self == .rgb ? .rgb : .cmyk }
  }

  private static func file(
    _ kind: Kind, _ subsampling: JPEGEncoder.Subsampling, progressive: Bool, _ size: PixelSize
  ) throws -> [UInt8] {
    var random = TestRandom(seed: 31)
    // Steep slopes and noise, so that every neighbour counts.
    let pixels = (0..<size.pixels * kind.format.channels).map { index in
      UInt8(truncatingIfNeeded: index * 7 / 3 + random.integer(in: 0..<90))
    }
    return try JPEGEncoder().encode(
      pixels, width: size.width, height: size.height, format: kind.format,
      options: JPEGEncoder.Options(quality: 92, subsampling: subsampling, progressive: progressive))
  }

  /// Decodes parts of one file and compares them with the whole one.
  private static func check(_ file: [UInt8], denominator: Int, regions: (PixelSize) -> [PixelRegion]) throws {
    let whole = try TurboJPEGImage(file, denominator: denominator)
    let expected = whole.pixels
    var decoder = try ImageDecoder(DecodingOptions(scaled: true))
    var pixels = ByteBuffer()
    for region in regions(whole.size) {
      try file.withUnsafeBytes { bytes in
        _ = try decoder.readHeader(bytes, name: "part")
        try decoder.decode(region, denominator: denominator, name: "part", into: &pixels)
      }
      let isEqual = threeBytes(pixels.bytes) == TurboJPEGImage.part(region, of: expected, whole.size)
      #expect(isEqual, "\(region) of \(whole.size), 1/\(denominator)")
      if !isEqual { return }
    }
  }

  /// Every first column and row with short parts, every last one, and others at random.
  private static func regions(in size: PixelSize) -> [PixelRegion] {
    var random = TestRandom(seed: 32)
    func range(_ length: Int) -> Range<Int> {
      let start = random.integer(in: 0..<length)
      return start..<random.integer(in: start + 1..<length + 1)
    }
    let columns = (0..<size.width).map { $0..<min($0 + 1 + $0 % 19, size.width) } + (1...size.width).map { 0..<$0 }
    let rows = (0..<size.height).map { $0..<min($0 + 1 + $0 % 7, size.height) } + (1...size.height).map { 0..<$0 }
    return columns.map { PixelRegion(columns: $0, rows: range(size.height)) }
      + rows.map { PixelRegion(columns: range(size.width), rows: $0) }
      + (0..<100).map { _ in PixelRegion(columns: range(size.width), rows: range(size.height)) }
  }

  @Test(arguments: Kind.allCases, [false, true])
  func partsEqualTheWhole(kind: Kind, progressive: Bool) throws {
    let subsamplings = kind == .gray ? [.grayscale] : JPEGEncoder.Subsampling.allCases.filter { $0 != .grayscale }
    for subsampling in subsamplings {
      for size in [PixelSize(width: 83, height: 71), PixelSize(width: 64, height: 48)] {
        let file = try Self.file(kind, subsampling, progressive: progressive, size)
        try Self.check(file, denominator: 1, regions: Self.regions)
      }
    }
  }

  @Test(arguments: [2, 4, 8]) func scaledPartsEqualTheScaledWhole(denominator: Int) throws {
    for kind in Kind.allCases {
      let subsamplings = kind == .gray ? [.grayscale] : JPEGEncoder.Subsampling.allCases.filter { $0 != .grayscale }
      for subsampling in subsamplings {
        let file = try Self.file(kind, subsampling, progressive: false, PixelSize(width: 259, height: 131))
        try Self.check(file, denominator: denominator, regions: Self.regions)
      }
    }
  }

  /// Files whose parts the library is not asked for, and images that are hardly there.
  @Test func unusualFiles() throws {
    try Self.check(Fixtures.bytes("subsampling-3x1.jpg"), denominator: 1, regions: Self.regions)
    for name in ["ycck.jpg", "progressive.jpg", "gray.jpg"] {
      try Self.check(Fixtures.bytes(name), denominator: 1, regions: Self.regions)
    }
    for (width, height) in [(1, 1), (1, 40), (40, 1), (2, 2), (3, 17), (17, 3), (16, 16)] {
      for subsampling in JPEGEncoder.Subsampling.allCases {
        let file = try Self.file(.rgb, subsampling, progressive: false, PixelSize(width: width, height: height))
        try Self.check(file, denominator: 1, regions: Self.regions)
      }
    }
  }

  /// What lies below the part is not read: its damage does not show, and above it does.
  @Test func damageBelowThePartIsNotSeen() throws {
    let size = PixelSize(width: 96, height: 160)
    let file = try Self.file(.rgb, .twoByTwo, progressive: false, size)
    let cut = Array(file[..<(file.count / 2)])
    let expected = try TurboJPEGImage(file).pixels
    var decoder = try ImageDecoder()
    var pixels = ByteBuffer()
    func read(_ rows: Range<Int>) throws -> [UInt8] {
      try cut.withUnsafeBytes { bytes in
        _ = try decoder.readHeader(bytes, name: "cut")
        try decoder.decode(PixelRegion(columns: 5..<90, rows: rows), name: "cut", into: &pixels)
      }
      return threeBytes(pixels.bytes)
    }
    let upper = PixelRegion(columns: 5..<90, rows: 3..<40)
    #expect(try read(upper.rows) == TurboJPEGImage.part(upper, of: expected, size))
    #expect(throws: DataError.self) { try read(120..<150) }
    #expect(try read(upper.rows) == TurboJPEGImage.part(upper, of: expected, size))
  }

  @Test func acceptedWarningsGiveTheLibrarysPixels() throws {
    let file = try Self.file(.rgb, .twoByTwo, progressive: false, PixelSize(width: 96, height: 160))
    let cut = Array(file[..<(file.count / 2)])
    #expect(throws: DataError.self) { try decode(cut) }
    let pixels = try decode(cut, DecodingOptions(onWarning: .accept)).pixels
    let expected = try TurboJPEGImage(file).pixels
    #expect(pixels.prefix(96 * 60 * 3) == expected.prefix(96 * 60 * 3))
    #expect(pixels.count == expected.count && pixels != expected)
  }
}
