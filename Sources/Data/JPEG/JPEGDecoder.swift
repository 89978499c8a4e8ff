import CTurboJPEG

/// Decodes JPEG files to RGB with libjpeg-turbo: baseline and progressive; grayscale, YCbCr, RGB, CMYK and YCCK.
///
/// Pixels are those of libjpeg's defaults (accurate integer transform, smooth upsampling of colour), as Pillow's are.
/// A marker in the file that says how the camera was held (EXIF orientation) is not applied, as torchvision does not.
///
/// Damage is an error, never grey pixels. libjpeg's warnings (premature end, bad Huffman code, ...) are taken for
/// damage, but for one: bytes between the last pixel and the end marker, which cameras and tools leave and which mean
/// nothing. One owner, one thread at a time.
public struct JPEGDecoder: ~Copyable {
  /// Images of more pixels are refused: their memory (3 or 4 bytes a pixel) would endanger the run.
  public static let pixelLimit = 1 << 28

  private let handle: tjhandle
  private var inks = ByteBuffer()

  public init() throws(DataError) {
    guard let handle = tjInitDecompress() else {
      throw .decoderUnavailable(reason: String(cString: tjGetErrorStr2(nil)))
    }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// Replaces `pixels` by the decoded image, u8 `[height, width, 3]`, red first. `name` stands in errors.
  public mutating func decode(
    _ bytes: UnsafeRawBufferPointer, name: @autoclosure () -> String, into pixels: inout ByteBuffer
  ) throws(DataError) -> PixelSize {
    guard ImageSignature.isJPEG(bytes) else {
      throw .notAnImage(path: name(), found: ImageSignature.describe(bytes))
    }
    let header = try readHeader(bytes, name: name())
    let (width, height) = (header.width, header.height)
    guard width * height <= Self.pixelLimit else {
      throw .imageTooLarge(path: name(), width: width, height: height, limit: Self.pixelLimit)
    }
    let target = pixels.resize(to: width * height * 3)
    if header.isCMYK {
      let inks = inks.resize(to: width * height * 4)
      try decompress(bytes, into: inks, header, format: TJPF_CMYK, name: name())
      convertInvertedCMYK(UnsafeRawBufferPointer(inks), toRGB: target)
    } else {
      try decompress(bytes, into: target, header, format: TJPF_RGB, name: name())
    }
    return PixelSize(width: width, height: height)
  }

  private struct Header {
    var width: Int
    var height: Int
    var isCMYK: Bool
  }

  private func readHeader(
    _ bytes: UnsafeRawBufferPointer, name: @autoclosure () -> String
  ) throws(DataError) -> Header {
    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var colorspace: Int32 = -1
    let code = tjDecompressHeader3(
      handle, bytes.start, UInt(bytes.count), &width, &height, &subsampling, &colorspace)
    // The header call refuses chroma subsampling that has no TJSAMP name, after filling in the rest. Decoding to packed
    // pixels does not care, so only what is missing besides is an error.
    let isComplete = width > 0 && height > 0 && colorspace >= 0
    guard isComplete && (code == 0 || subsampling < 0 || isHarmlessWarning) else {
      throw .corruptImage(path: name(), reason: message)
    }
    let isCMYK = colorspace == Int32(TJCS_CMYK.rawValue) || colorspace == Int32(TJCS_YCCK.rawValue)
    return Header(width: Int(width), height: Int(height), isCMYK: isCMYK)
  }

  private func decompress(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ header: Header, format: TJPF,
    name: @autoclosure () -> String
  ) throws(DataError) {
    // TJFLAG_LIMITSCANS bounds the time that a malicious progressive file can take.
    let code = tjDecompress2(
      handle, bytes.start, UInt(bytes.count), target.bindMemory(to: UInt8.self).baseAddress,
      Int32(header.width), 0, Int32(header.height), Int32(format.rawValue), TJFLAG_LIMITSCANS)
    guard code == 0 || isHarmlessWarning else {
      throw .corruptImage(path: name(), reason: message)
    }
  }

  private var message: String { String(cString: tjGetErrorStr2(handle)) }

  /// Of an image's warnings the library keeps the first. This one comes after the last pixel, so it hides no other.
  private var isHarmlessWarning: Bool {
    tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
      && message.hasPrefix("Corrupt JPEG data:") && message.hasSuffix("extraneous bytes before marker 0xd9")
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var start: UnsafePointer<UInt8>? { bindMemory(to: UInt8.self).baseAddress }
}
