/// What a file is that is no image we decode, by its first bytes: for messages.
enum ImageSignature {
  static func describe(_ bytes: UnsafeRawBufferPointer) -> String {
    if bytes.isEmpty { return "no bytes" }
    for (signature, name) in signatures where bytes.starts(with: signature) { return name }
    if bytes.starts(with: Array("RIFF".utf8)) && bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      return "a WebP image"
    }
    if bytes.dropFirst(4).starts(with: Array("ftyp".utf8)) { return media(bytes) }
    let start = bytes.prefix(64)
    let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    return isText ? "text" : "data of an unknown kind"
  }

  /// A file of ISO/IEC 14496-12's kind, by its brands, the first of which is no more than the favourite: films, and images
  /// that are packed like films.
  private static func media(_ bytes: UnsafeRawBufferPointer) -> String {
    let words = stride(from: 8, to: min(bytes.count - 3, 64), by: 4).map {
      String(decoding: bytes[$0..<$0 + 4], as: UTF8.self)
    }
    func has(_ brands: String...) -> Bool { words.contains { brands.contains($0) } }
    if has("avif", "avis") { return "an AVIF image" }
    if has("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1") { return "a HEIC image" }
    return "a film, or another file of the MP4 family"
  }

  private static let signatures: [([UInt8], String)] = [
    ([0x89, 0x50, 0x4E, 0x47], "a PNG image whose first bytes are damaged"),
    (Array("GIF8".utf8), "a GIF image"),
    (Array("BM".utf8), "a BMP image"),
    ([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A], "a JPEG 2000 image"),
    ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
    ([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A], "a JPEG XL image"),
    ([0xFF, 0x0A], "a JPEG XL image"),
    ([0x49, 0x49, 0x2A, 0x00], "a TIFF image"),
    ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF image"),
    (Array("<!DOCTYPE".utf8), "an HTML page"),
    (Array("<html".utf8), "an HTML page"),
    (Array("version https://git-lfs".utf8), "a Git LFS pointer instead of the file"),
  ]
}
