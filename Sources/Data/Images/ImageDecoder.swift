/// Decodes parts of JPEG and PNG files to four bytes a pixel: red, green, blue, and one without meaning.
///
/// What a file is, its first bytes say, not its name. A file is read in two calls, so that the part can be chosen by the
/// image's size: `readHeader`, then `decode` with a region. A region's pixels are those of the whole image decoded, bit
/// for bit; damage outside of what has to be read for it is not noticed. One owner, one thread at a time.
public struct ImageDecoder: ~Copyable {
  private let options: DecodingOptions
  private var jpeg: JPEGDecoder
  private var png: PNGDecoder
  private var current: (format: ImageFormat, orientation: ImageOrientation)?
  /// Pixels as they lie in the file, where they have to be turned.
  private var stored = ByteBuffer()

  public init(_ options: DecodingOptions = DecodingOptions()) throws(DataError) {
    self.options = options
    jpeg = try JPEGDecoder(options)
    png = PNGDecoder(options)
  }

  /// The size of the image as it is to be seen. `bytes` must stay until the image is decoded; `name` stands in errors.
  public mutating func readHeader(
    _ bytes: UnsafeRawBufferPointer, name: @autoclosure () -> String
  ) throws(DataError) -> PixelSize {
    current = nil
    guard bytes.count <= options.limits.fileBytes else {
      throw options.limits.exceeded(.fileBytes, found: "\(bytes.count) bytes", name: name())
    }
    guard let format = ImageFormat(of: bytes) else {
      throw .notAnImage(path: name(), found: ImageSignature.describe(bytes))
    }
    var orientation = ImageOrientation.upright
    let size: PixelSize
    switch format {
    case .jpeg:
      size = try jpeg.readHeader(bytes, name: name())
      if options.orientation == .apply { orientation = ImageOrientation(ofJPEG: bytes) }
    case .png: size = try png.readHeader(bytes, name: name())
    }
    current = (format, orientation)
    return orientation.seen(size)
  }

  /// Whether the image whose header was read can be shrunk while it is decoded, each side divided by 2, 4 or 8 and rounded
  /// up: a JPEG, where the options allow it.
  public var canScale: Bool { current.map { canScale($0.format) } ?? false }

  /// Replaces `pixels` by a region of the image, u8 `[height, width, 4]`; 12 more bytes may be read after them. Once
  /// after each `readHeader`.
  ///
  /// - Parameters:
  ///   - region: of the image as it is to be seen, shrunk by `denominator`. Traps when it leaves the image.
  ///   - denominator: 1, 2, 4 or 8; other than 1 only where `canScale`.
  public mutating func decode(
    _ region: PixelRegion, denominator: Int = 1, name: @autoclosure () -> String, into pixels: inout ByteBuffer
  ) throws(DataError) {
    guard let (format, orientation) = current.take() else { preconditionFailure("no header was read") }
    precondition(denominator == 1 || canScale(format), "\(format) cannot be shrunk while it is decoded")
    if orientation == .upright {
      let target = pixels.resize(to: region.size.pixels * 4, padding: Self.padding)
      try decodeStored(format, region, denominator, name: name(), into: target)
    } else {
      let inFile = orientation.stored(region, of: jpeg.size(denominator: denominator))
      try decodeStored(
        format, inFile, denominator, name: name(), into: stored.resize(to: region.size.pixels * 4))
      orientation.turn(stored.bytes, of: inFile.size, into: pixels.resize(to: stored.count, padding: Self.padding))
    }
  }

  private func canScale(_ format: ImageFormat) -> Bool { options.scaled && format == .jpeg }

  private mutating func decodeStored(
    _ format: ImageFormat, _ region: PixelRegion, _ denominator: Int, name: @autoclosure () -> String,
    into pixels: UnsafeMutableRawBufferPointer
  ) throws(DataError) {
    switch format {
    case .jpeg: try jpeg.decode(region, denominator: denominator, name: name(), into: pixels)
    case .png: try png.decode(region, name: name(), into: pixels)
    }
  }

  /// Bytes after the pixels that vector loops read.
  static let padding = 12
}
