/// What the ending of a file's name says about it.
enum NameKind: Hashable {
  /// JPEG or PNG; which of them, the file's first bytes say.
  case image
  case unsupportedImage(format: String)
  case other

  private static let otherFormats: [String: String] = [
    "webp": "WebP", "gif": "GIF", "bmp": "BMP", "tif": "TIFF", "tiff": "TIFF", "ppm": "PPM", "pgm": "PGM",
    "jxl": "JPEG XL", "avif": "AVIF", "avifs": "AVIF", "heic": "HEIC", "heif": "HEIC", "hif": "HEIC",
    "jp2": "JPEG 2000", "j2k": "JPEG 2000", "j2c": "JPEG 2000", "jpc": "JPEG 2000", "jpf": "JPEG 2000",
    "jpx": "JPEG 2000", "jpm": "JPEG 2000",
  ]

  init(of name: [UInt8]) {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else {
      self = .other
      return
    }
    self.init(ending: text(name[(dot + 1)...]).lowercased())
  }

  /// - Parameter ending: what comes after the last dot, in lower case.
  init(ending: String) {
    if ending == "jpg" || ending == "jpeg" || ending == "png" {
      self = .image
    } else if let format = Self.otherFormats[ending] {
      self = .unsupportedImage(format: format)
    } else {
      self = .other
    }
  }
}
