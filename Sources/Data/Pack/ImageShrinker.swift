/// Makes image files smaller: decodes, resizes and encodes those whose shorter side is larger than wanted. One owner, one
/// thread at a time.
struct ImageShrinker: ~Copyable {
  private var decoder: ImageDecoder
  private let encoder: JPEGEncoder
  private let shorterSide: Int
  private let quality: Int
  private var decoded = ByteBuffer()
  private var resampler = ImageResampler()

  /// Pixel values as they are, 0 to 255.
  private static let unchanged = Normalization(mean: .zero, standardDeviation: SIMD3(repeating: 1.0 / 255))

  init(shorterSide: Int, quality: Int) throws {
    // Stored when nothing can fail any more, since neither can be copied.
    let decoder = try ImageDecoder()
    let encoder = try JPEGEncoder()
    self.decoder = decoder
    self.encoder = encoder
    self.shorterSide = shorterSide
    self.quality = quality
  }

  /// The smaller file; nil where the image is small already. Sides are rounded down, as torchvision's `Resize` does.
  mutating func shrink(_ file: UnsafeRawBufferPointer, name: @autoclosure () -> String) throws -> [UInt8]? {
    let size = try decoder.readHeader(file, name: name())
    let shorter = min(size.width, size.height)
    if shorter <= shorterSide { return nil }
    let whole = PixelRegion(size)
    try decoder.decode(whole, name: name(), into: &decoded)
    let (width, height) = (size.width * shorterSide / shorter, size.height * shorterSide / shorter)
    let plan = CropPlan(
      horizontal: ResampledAxis(sourceStart: 0, sourceLength: size.width, outputLength: width),
      vertical: ResampledAxis(sourceStart: 0, sourceLength: size.height, outputLength: height), flip: false)
    let values = [Float](unsafeUninitializedCapacity: width * height * 3) { values, count in
      if let target = values.baseAddress {
        resampler.resample(decoded.bytes, region: whole, plan: plan, normalization: Self.unchanged, into: target)
      }
      count = width * height * 3
    }
    let pixels = values.map { UInt8(min(max($0.rounded(), 0), 255)) }
    return try encoder.encode(pixels, width: width, height: height, options: .init(quality: quality))
  }
}
