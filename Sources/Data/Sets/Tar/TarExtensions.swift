/// What records before a member's header say about it in place of the header: pax records, GNU's long names.
struct TarExtensions: Hashable {
  var path: [UInt8]?
  var size: Int?
  /// A file with holes, of which only the rest is stored.
  var isSparse = false

  var isEmpty: Bool { self == TarExtensions() }

  struct Problem: Error, Hashable {
    /// Within the records.
    let offset: Int
    let expected: String
    let got: String
  }

  /// Takes over pax records, each `<length> <keyword>=<value>\n`, where the length counts the whole record in decimal.
  ///
  /// Source: POSIX.1-2017, pax, "pax Extended Header".
  mutating func add(pax records: [UInt8]) throws(Problem) {
    var position = 0
    while position < records.count {
      let rest = records[position...]
      guard let space = rest.prefix(20).firstIndex(of: UInt8(ascii: " ")),
        let length = Self.decimal(rest[..<space]), length <= rest.count, position + length > space + 1,
        rest[position + length - 1] == UInt8(ascii: "\n"),
        let equals = rest[(space + 1)..<(position + length)].firstIndex(of: UInt8(ascii: "="))
      else {
        throw Problem(
          offset: position, expected: "a pax record: its length, a space, keyword=value and a line break",
          got: quoted(rest.prefix(24)))
      }
      let value = rest[(equals + 1)..<(position + length - 1)]
      try take(keyword: text(rest[(space + 1)..<equals]), value, at: position)
      position += length
    }
  }

  private mutating func take(keyword: String, _ value: ArraySlice<UInt8>, at offset: Int) throws(Problem) {
    switch keyword {
    case "path":
      guard !value.isEmpty, !value.contains(0) else {
        throw Problem(offset: offset, expected: "a path", got: quoted(value))
      }
      path = Array(value)
    case "size":
      guard let number = Self.decimal(value) else {
        throw Problem(offset: offset, expected: "a size in decimal", got: quoted(value.prefix(24)))
      }
      size = number
    case let word where word.hasPrefix("GNU.sparse."): isSparse = true
    default: break
    }
  }

  /// At most 18 digits, so that it fits.
  static func decimal(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard (1...18).contains(bytes.count), bytes.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
