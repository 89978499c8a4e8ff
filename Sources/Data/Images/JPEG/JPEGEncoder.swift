import CTurboJPEG

/// Compresses pixels to JPEG files in memory. Owns libjpeg-turbo compressors; for one thread at a time.
///
/// Baseline and progressive files come from a compressor each: in libjpeg-turbo 2.1 a progressive file leaves its
/// Huffman tables behind, and a baseline file from the same compressor is then written with them and cannot be read.
public struct JPEGEncoder: ~Copyable {
  /// How the pixels lie: interleaved bytes, rows from the top, no padding between rows.
  public enum PixelFormat: Sendable, CaseIterable {
    case gray, rgb
    /// Written as YCCK with Adobe's marker. Adobe's programs store such values inverted (0 is full ink); the bytes are
    /// written as given.
    case cmyk

    /// Bytes of one pixel.
    public var channels: Int {
      switch self {
      case .gray: 1
      case .rgb: 3
      case .cmyk: 4
      }
    }
  }

  /// How many pixels share one chroma sample.
  public enum Subsampling: Sendable, CaseIterable {
    case none, twoByOne, oneByTwo, twoByTwo, fourByOne
    /// No chroma: the file has one component, also when the pixels are RGB. Gray pixels are always written so.
    case grayscale
  }

  /// How to write a file.
  public struct Options: Sendable, Hashable {
    /// libjpeg's quality, 1 to 100.
    public var quality: Int
    public var subsampling: Subsampling
    public var progressive: Bool

    public init(quality: Int = 90, subsampling: Subsampling = .twoByTwo, progressive: Bool = false) {
      self.quality = quality
      self.subsampling = subsampling
      self.progressive = progressive
    }
  }

  private let baseline: tjhandle
  private let progressive: tjhandle

  public init() throws(JPEGEncodingError) {
    let baseline = try makeCompressor()
    do throws(JPEGEncodingError) {
      progressive = try makeCompressor()
    } catch {
      tjDestroy(baseline)
      throw error
    }
    self.baseline = baseline
  }

  deinit {
    tjDestroy(baseline)
    tjDestroy(progressive)
  }

  /// The JPEG file of `pixels`, which are `height` rows of `width` pixels. The same pixels and options give the same
  /// bytes with the same version of the library.
  ///
  /// Traps when `pixels` has another size than the arguments say, or the quality is out of range.
  public func encode(
    _ pixels: [UInt8], width: Int, height: Int, format: PixelFormat = .rgb, options: Options = Options()
  ) throws(JPEGEncodingError) -> [UInt8] {
    precondition(
      pixels.count == width * height * format.channels,
      "\(pixels.count) bytes are not \(width)x\(height) pixels of \(format.channels) channels")
    precondition((1...100).contains(options.quality), "JPEG quality \(options.quality) is not in 1...100")
    let subsampling = format == .gray ? Subsampling.grayscale : options.subsampling
    let flags = TJFLAG_ACCURATEDCT | (options.progressive ? TJFLAG_PROGRESSIVE : 0)
    let handle = options.progressive ? progressive : baseline

    // The library allocates: its bound for a buffer of ours (tjBufSize) is not meant for four components.
    var file: UnsafeMutablePointer<UInt8>?
    var bytes: UInt = 0
    defer { tjFree(file) }
    let status = tjCompress2(
      handle, pixels, Int32(width), 0, Int32(height), format.code, &file, &bytes, subsampling.code,
      Int32(options.quality), flags)
    guard status == 0, let file else {
      throw JPEGEncodingError(
        call: "tjCompress2",
        message: "\(String(cString: tjGetErrorStr2(handle))) (\(width)x\(height) \(format), \(options))")
    }
    return Array(UnsafeBufferPointer(start: file, count: Int(bytes)))
  }
}

private func makeCompressor() throws(JPEGEncodingError) -> tjhandle {
  guard let handle = tjInitCompress() else {
    throw JPEGEncodingError(call: "tjInitCompress", message: String(cString: tjGetErrorStr2(nil)))
  }
  return handle
}

/// libjpeg-turbo could not write a file.
public struct JPEGEncodingError: Error, CustomStringConvertible {
  public let call: String
  public let message: String

  public var description: String { "cannot encode a JPEG: \(call): \(message)" }
}

extension JPEGEncoder.PixelFormat {
  fileprivate var code: Int32 {
    switch self {
    case .gray: Int32(TJPF_GRAY.rawValue)
    case .rgb: Int32(TJPF_RGB.rawValue)
    case .cmyk: Int32(TJPF_CMYK.rawValue)
    }
  }
}

extension JPEGEncoder.Subsampling {
  fileprivate var code: Int32 {
    switch self {
    case .none: Int32(TJSAMP_444.rawValue)
    case .twoByOne: Int32(TJSAMP_422.rawValue)
    case .oneByTwo: Int32(TJSAMP_440.rawValue)
    case .twoByTwo: Int32(TJSAMP_420.rawValue)
    case .fourByOne: Int32(TJSAMP_411.rawValue)
    case .grayscale: Int32(TJSAMP_GRAY.rawValue)
    }
  }
}
