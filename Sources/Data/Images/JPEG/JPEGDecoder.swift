import CJPEG

/// Decodes regions of JPEG files with libjpeg-turbo: baseline and progressive; grayscale, YCbCr, RGB, CMYK and YCCK.
///
/// Pixels are those of libjpeg's defaults (accurate integer transform, smooth upsampling of colour), as Pillow's are.
///
/// Damage is an error, never grey pixels, unless the options accept it. libjpeg's warnings (premature end, bad Huffman
/// code, ...) are taken for damage, but for one: bytes between the last pixel and the end marker, which cameras and
/// tools leave and which mean nothing. One owner, one thread at a time.
struct JPEGDecoder: ~Copyable {
  private let options: DecodingOptions
  private let handle: OpaquePointer
  private var header = cjpeg_header()
  private var scratch = ByteBuffer()
  /// Lent from `readHeader` to `decode`.
  private var file = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ options: DecodingOptions) throws(DataError) {
    guard let handle = cjpeg_create() else {
      throw .decoderUnavailable(reason: "jpeg_create_decompress found no memory")
    }
    self.handle = handle
    self.options = options
  }

  deinit { cjpeg_destroy(handle) }

  mutating func readHeader(
    _ bytes: UnsafeRawBufferPointer, name: @autoclosure () -> String
  ) throws(DataError) -> PixelSize {
    let limits = cjpeg_limits(
      memory_bytes: options.limits.memoryBytes, scans: Int32(clamping: options.limits.scans),
      nanoseconds: options.limits.nanoseconds)
    file = bytes
    try check(
      cjpeg_read_header(handle, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, limits, &header),
      name: name())
    let size = PixelSize(width: Int(header.width), height: Int(header.height))
    try options.limits.check(size, name: name())
    return size
  }

  /// Of the image shrunk by `denominator`: each side divided and rounded up, as libjpeg has it.
  func size(denominator: Int) -> PixelSize {
    PixelSize(width: Int(header.width), height: Int(header.height)).shrunk(by: denominator)
  }

  /// Writes u8 `[height, width, 4]`. After `readHeader`, whose bytes must still be there.
  mutating func decode(
    _ region: PixelRegion, denominator: Int, name: @autoclosure () -> String,
    into pixels: UnsafeMutableRawBufferPointer
  ) throws(DataError) {
    let image = size(denominator: denominator)
    precondition(region.lies(in: image), "\(region) leaves an image of \(image) pixels")
    precondition(pixels.count == region.size.pixels * 4, "\(pixels.count) bytes for \(region)")
    let plan = JPEGRegionPlan(
      region: region, image: image, sampling: sampling, hasOneScan: header.has_one_scan != 0)
    var orders = plan.orders(image, denominator)
    let scratch = scratch.resize(to: image.width * 4 + 16)
    try check(
      cjpeg_read_region(
        handle, &orders, pixels.bindMemory(to: UInt8.self).baseAddress,
        scratch.bindMemory(to: UInt8.self).baseAddress),
      name: name())
    if header.is_cmyk != 0 { convertInvertedCMYKToRGB(pixels) }
  }

  private var sampling: [SIMD2<Int>] {
    let (h, v) = (header.horizontal, header.vertical)
    let factors = [SIMD2(h.0, v.0), SIMD2(h.1, v.1), SIMD2(h.2, v.2), SIMD2(h.3, v.3)]
    return factors.prefix(Int(header.components)).map { SIMD2<Int>(truncatingIfNeeded: $0) }
  }

  private func check(_ status: Int32, name: @autoclosure () -> String) throws(DataError) {
    let limits = options.limits
    switch Int(status) {
    case CJPEG_OK:
      guard options.onWarning == .fail, let warning = cjpeg_warning(handle).map({ String(cString: $0) }),
        !Self.isHarmless(warning)
      else { return }
      throw .corruptImage(path: name(), reason: warning)
    case CJPEG_OUT_OF_MEMORY:
      throw limits.exceeded(.memoryBytes, found: "\(header.width)x\(header.height) pixels in scans", name: name())
    case CJPEG_TOO_MANY_SCANS: throw limits.exceeded(.scans, found: "scan \(limits.scans + 1)", name: name())
    case CJPEG_TIMED_OUT: throw limits.exceeded(.seconds, found: "more time", name: name())
    default:
      let message = String(cString: cjpeg_message(handle))
      if let kind = JPEGProcess.unusual(file, refusedWith: message) { throw .unsupportedJPEG(path: name(), kind: kind) }
      throw .corruptImage(path: name(), reason: message)
    }
  }

  /// Of an image's warnings the library keeps the first. This one comes after the last pixel, so it hides no other.
  private static func isHarmless(_ warning: String) -> Bool {
    warning.hasPrefix("Corrupt JPEG data:") && warning.hasSuffix("extraneous bytes before marker 0xd9")
  }
}

extension JPEGRegionPlan {
  fileprivate func orders(_ image: PixelSize, _ denominator: Int) -> cjpeg_region {
    cjpeg_region(
      denominator: Int32(denominator), width: Int32(image.width), height: Int32(image.height),
      first_column: Int32(columns?.lowerBound ?? 0),
      columns: Int32(columns?.count ?? 0), skipped_rows: Int32(skippedRows), discarded_rows: Int32(discardedRows),
      kept_rows: Int32(region.rows.count), kept_column: Int32(region.columns.lowerBound),
      kept_columns: Int32(region.columns.count), finish: readsToEnd ? 1 : 0)
  }
}
