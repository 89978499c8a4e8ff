/// The bytes of tar archives that say nothing but names and contents: no time, no owner, so that equal files give equal
/// archives. Names must fit ustar's 100 bytes.
enum TarWriter {
  /// What a file of `bytes` bytes takes in an archive.
  static func memberBytes(_ bytes: Int) -> Int { TarHeader.blockBytes + bytes + paddingBytes(bytes) }

  /// Two blocks of zeros.
  static let endBytes = 2 * TarHeader.blockBytes

  /// Appends a member with its header and padding.
  static func append(_ name: String, _ content: some Collection<UInt8>, to archive: inout [UInt8]) {
    archive += header(name, size: content.count)
    archive += content
    archive += repeatElement(0, count: paddingBytes(content.count))
  }

  private static func paddingBytes(_ bytes: Int) -> Int {
    (TarHeader.blockBytes - bytes % TarHeader.blockBytes) % TarHeader.blockBytes
  }

  private static func header(_ name: String, size: Int) -> [UInt8] {
    precondition(name.utf8.count <= 100 && size < 1 << 33, "\(name) of \(size) bytes does not fit a header")
    var block = [UInt8](repeating: 0, count: TarHeader.blockBytes)
    func put(_ text: String, at offset: Int) {
      block.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, at: 0)
    // Mode, owner, group, size, time, and spaces where the checksum goes.
    for (offset, text) in [
      (100, "0000644"), (108, "0000000"), (116, "0000000"), (124, octal(size, 11)), (136, octal(0, 11)),
      (148, "        "), (156, "0"), (257, "ustar\u{0}00"), (329, "0000000"), (337, "0000000"),
    ] { put(text, at: offset) }
    put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
    return block
  }
}
