import CPNG

/// Decodes regions of PNG files with libpng: every bit depth and colour type, palettes, interlaced files.
///
/// Pixels are those of Pillow's `convert("RGB")`: transparency is dropped, not blended; colour profiles and gamma are not
/// applied; 16 bits are cut to their high byte (Pillow clips 16-bit gray at 255 instead, which makes it white). Damage is
/// an error, a wrong checksum included, wherever in the file. One owner, one thread at a time.
struct PNGDecoder: ~Copyable {
  private let options: DecodingOptions
  private var file: OpaquePointer?
  private var header = cpng_header()
  private var scratch = ByteBuffer()

  init(_ options: DecodingOptions) { self.options = options }

  deinit { if let file { cpng_close(file) } }

  mutating func readHeader(
    _ bytes: UnsafeRawBufferPointer, name: @autoclosure () -> String
  ) throws(DataError) -> PixelSize {
    close()
    let limits = cpng_limits(
      memory_bytes: options.limits.memoryBytes, nanoseconds: options.limits.nanoseconds,
      checks_all: options.onWarning == .fail ? 1 : 0)
    file = cpng_open(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, limits)
    guard let file else { throw .decoderUnavailable(reason: "png_create_read_struct found no memory") }
    try check(cpng_read_header(file, &header), file, name: name())
    try options.limits.check(size, name: name())
    // The library keeps two rows of up to 8 bytes a pixel, besides ours.
    if size.width * 16 + scratchBytes > options.limits.memoryBytes {
      let kind = header.is_interlaced != 0 ? "interlaced " : ""
      throw options.limits.exceeded(.memoryBytes, found: "\(size) \(kind)pixels", name: name())
    }
    return size
  }

  /// Writes u8 `[height, width, 4]`. After `readHeader`, whose bytes must still be there.
  mutating func decode(
    _ region: PixelRegion, name: @autoclosure () -> String, into pixels: UnsafeMutableRawBufferPointer
  ) throws(DataError) {
    guard let file else { preconditionFailure("no header was read") }
    precondition(region.lies(in: size), "\(region) leaves an image of \(size) pixels")
    precondition(pixels.count == region.size.pixels * 4, "\(pixels.count) bytes for \(region)")
    let scratch = scratch.resize(to: scratchBytes)
    let status = cpng_read_region(
      file, Int32(region.columns.lowerBound), Int32(region.rows.lowerBound), Int32(region.columns.count),
      Int32(region.rows.count),
      pixels.bindMemory(to: UInt8.self).baseAddress, scratch.bindMemory(to: UInt8.self).baseAddress)
    try check(status, file, name: name())
    close()
  }

  /// The size of the image in the file.
  var size: PixelSize { PixelSize(width: Int(header.width), height: Int(header.height)) }

  private var scratchBytes: Int { 4 * (header.is_interlaced != 0 ? size.pixels : size.width) }

  private mutating func close() {
    if let file { cpng_close(file) }
    file = nil
  }

  private func check(_ status: Int32, _ file: OpaquePointer, name: @autoclosure () -> String) throws(DataError) {
    switch Int(status) {
    case CPNG_OK: return
    case CPNG_TIMED_OUT: throw options.limits.exceeded(.seconds, found: "more time", name: name())
    default: throw .corruptImage(path: name(), reason: String(cString: cpng_message(file)))
    }
  }
}
