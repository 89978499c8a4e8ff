import CTurboJPEG
import Data
import Testing

@Suite struct JPEGEncoderTests {
  private struct Form: CustomStringConvertible {
    let format: JPEGEncoder.PixelFormat
    let options: JPEGEncoder.Options
    var description: String { "\(format) \(options)" }
  }

  private static let width = 37
  private static let height = 21

  /// Every form that exists, progressive and baseline in turn.
  private static let forms = JPEGEncoder.PixelFormat.allCases.flatMap { format in
    JPEGEncoder.Subsampling.allCases.flatMap { subsampling in
      [true, false].map { progressive in
        Form(
          format: format, options: .init(quality: 95, subsampling: subsampling, progressive: progressive))
      }
    }
  }.filter { $0.format != .cmyk || $0.options.subsampling != .grayscale }

  /// Smooth, and different at every place and channel.
  private static func pixels(_ format: JPEGEncoder.PixelFormat) -> [UInt8] {
    var pixels: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        for channel in 0..<format.channels { pixels.append(UInt8(20 + 4 * column + 3 * row + 7 * channel)) }
      }
    }
    return pixels
  }

  @Test func everyFormIsWrittenAsAskedAndCanBeRead() throws {
    let encoder = try JPEGEncoder()
    for form in Self.forms {
      let pixels = Self.pixels(form.format)
      let file = try encoder.encode(
        pixels, width: Self.width, height: Self.height, format: form.format, options: form.options)
      let header = try #require(SampleJPEGHeader(file), "\(form)")
      #expect(header.width == Self.width && header.height == Self.height, "\(form)")
      #expect(header.isProgressive == form.options.progressive, "\(form)")
      #expect(header.sampling == Self.sampling(form), "\(form)")
      if form.format == .rgb && form.options.subsampling == .grayscale { continue }
      let decoded = try Self.decode(file, form.format)
      let difference = zip(pixels, decoded).map { abs(Int($0) - Int($1)) }.reduce(0, +)
      #expect(Double(difference) / Double(pixels.count) < 3, "\(form)")
    }
  }

  /// libjpeg-turbo 2.1 wrote baseline files that could not be read after a progressive one.
  @Test func whatWasEncodedBeforeDoesNotChangeTheBytes() throws {
    let used = try JPEGEncoder()
    for form in Self.forms {
      let pixels = Self.pixels(form.format)
      let fresh = try JPEGEncoder()
      #expect(
        try used.encode(pixels, width: Self.width, height: Self.height, format: form.format, options: form.options)
          == fresh.encode(
            pixels, width: Self.width, height: Self.height, format: form.format, options: form.options), "\(form)")
    }
  }

  @Test func qualityTellsInTheSize() throws {
    let encoder = try JPEGEncoder()
    let sizes = try [10, 50, 95].map { quality in
      try encoder.encode(
        Self.pixels(.rgb), width: Self.width, height: Self.height, options: .init(quality: quality)
      ).count
    }
    #expect(sizes == sizes.sorted() && Set(sizes).count == 3)
  }

  @Test func anImpossibleSizeIsAnErrorThatNamesTheCall() throws {
    let encoder = try JPEGEncoder()
    let error = #expect(throws: JPEGEncodingError.self) {
      _ = try encoder.encode([UInt8](repeating: 0, count: 3 * 70_000), width: 70_000, height: 1)
    }
    #expect(error?.description.contains("tjCompress2") == true)
    #expect(error?.description.contains("70000x1") == true)
  }

  private static func sampling(_ form: Form) -> [[Int]] {
    if form.format == .gray || form.options.subsampling == .grayscale { return [[1, 1]] }
    let luma =
      switch form.options.subsampling {
      case .none, .grayscale: [1, 1]
      case .twoByOne: [2, 1]
      case .oneByTwo: [1, 2]
      case .twoByTwo: [2, 2]
      case .fourByOne: [4, 1]
      }
    return [luma, [1, 1], [1, 1]] + (form.format == .cmyk ? [luma] : [])
  }

  private static func decode(_ file: [UInt8], _ format: JPEGEncoder.PixelFormat) throws -> [UInt8] {
    let handle = try #require(tjInitDecompress())
    defer { tjDestroy(handle) }
    let code =
      switch format {
      case .gray: TJPF_GRAY
      case .rgb: TJPF_RGB
      case .cmyk: TJPF_CMYK
      }
    var pixels = [UInt8](repeating: 0, count: width * height * format.channels)
    let status = tjDecompress2(
      handle, file, UInt(file.count), &pixels, Int32(width), 0, Int32(height), Int32(code.rawValue), 0)
    #expect(status == 0, "\(String(cString: tjGetErrorStr2(handle)))")
    return pixels
  }
}
