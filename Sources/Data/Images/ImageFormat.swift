/// The kinds of image file that are decoded.
enum ImageFormat: String, Sendable {
  case jpeg = "JPEG"
  case png = "PNG"

  /// By the first bytes of the file, whatever its name says.
  init?(of bytes: UnsafeRawBufferPointer) {
    if bytes.starts(with: [0xFF, 0xD8]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else {
      return nil
    }
  }
}
