/// A tar archive that a test writes block by block, right or wrong.
struct TarArchive {
  private(set) var bytes: [UInt8] = []

  /// Where the next header goes.
  var end: Int { bytes.count }

  /// A member as ustar has it. `change` may spoil the header before the checksum is made, `spoil` after.
  mutating func add(
    _ name: String, _ data: [UInt8] = [], type: Character = "0", size: Int? = nil, link: String = "",
    change: (inout [UInt8]) -> Void = { _ in }, spoil: (inout [UInt8]) -> Void = { _ in }
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
    }
    put(String(name.prefix(100)), at: 0)
    put("0000644\0", at: 100)
    put(octal(size ?? data.count, digits: 11), at: 124)
    put(String(repeating: "0", count: 11), at: 136)
    put(String(type), at: 156)
    put(link, at: 157)
    put("ustar\u{0}00", at: 257)
    change(&header)
    header.replaceSubrange(148..<156, with: Array("        ".utf8))
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
    spoil(&header)
    bytes += header + data + padding(data.count)
  }

  /// An image of three bytes and its label, under one key.
  mutating func addSample(_ key: String, _ image: [UInt8], label: String) {
    add("\(key).jpg", image)
    add("\(key).cls", Array(label.utf8))
  }

  mutating func addPax(_ records: [(String, String)], type: Character = "x") {
    add("pax", records.flatMap { Self.record($0.0, $0.1) }, type: type)
  }

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// With the two blocks of zeros at its end.
  var ended: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

  static func record(_ keyword: String, _ value: String) -> [UInt8] {
    let rest = " \(keyword)=\(value)\n"
    var length = rest.utf8.count
    while String(length).utf8.count + rest.utf8.count != length { length += 1 }
    return Array("\(length)\(rest)".utf8)
  }

  private func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }

  private func padding(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: (512 - count % 512) % 512) }
}
