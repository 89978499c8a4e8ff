/// What a file is that is no image we decode, by its first bytes: for messages.
enum ImageSignature {
  static func describe(_ bytes: UnsafeRawBufferPointer) -> String {
    if bytes.isEmpty { return "no bytes" }
    for (signature, name) in signatures where bytes.starts(with: signature) { return name }
    if bytes.starts(with: Array("RIFF".utf8)) && bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      return "a WebP image"
    }
    let start = bytes.prefix(64)
    let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    return isText ? "text" : "data of an unknown kind"
  }

  private static let signatures: [([UInt8], String)] = [
    ([0x89, 0x50, 0x4E, 0x47], "a PNG image whose first bytes are damaged"),
    (Array("GIF8".utf8), "a GIF image"),
    (Array("BM".utf8), "a BMP image"),
    ([0x49, 0x49, 0x2A, 0x00], "a TIFF image"),
    ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF image"),
    (Array("<!DOCTYPE".utf8), "an HTML page"),
    (Array("<html".utf8), "an HTML page"),
    (Array("version https://git-lfs".utf8), "a Git LFS pointer instead of the file"),
  ]
}
