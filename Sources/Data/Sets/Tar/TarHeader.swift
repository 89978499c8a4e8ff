/// One header block of a tar archive, as it stands there; what records before it say otherwise is `TarReader`'s matter.
///
/// Sources: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar 1.34 manual, "Basic Tar Format".
struct TarHeader: Hashable {
  static let blockBytes = 512

  let name: [UInt8]
  /// Of the data behind the header.
  let size: Int
  let type: UInt8

  /// What is wrong with a header.
  struct Problem: Error, Hashable {
    /// Within the block.
    let offset: Int
    let expected: String
    let got: String
  }

  init(_ block: [UInt8]) throws(Problem) {
    precondition(block.count == Self.blockBytes, "a header of \(block.count) bytes")
    try Self.check(sumOf: block)
    size = try Self.number(block, 124..<136, "size")
    type = block[156]
    let name = Self.text(block[0..<100])
    // GNU's older format has other things where POSIX has the beginning of a long name.
    let isPOSIX = block[257..<263].elementsEqual([0x75, 0x73, 0x74, 0x61, 0x72, 0])
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    self.name = prefix.isEmpty ? name : prefix + slash + name
  }

  /// The sum of all bytes, with spaces in place of the sum itself. Some old programs added signed bytes.
  private static func check(sumOf block: [UInt8]) throws(Problem) {
    let stored = try number(block, 148..<156, "checksum")
    var (unsigned, signed) = (0, 0)
    for (index, byte) in block.enumerated() {
      let byte = 148..<156 ~= index ? UInt8(ascii: " ") : byte
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))
    }
    guard stored == unsigned || stored == signed else {
      throw Problem(offset: 148, expected: "a header with the checksum \(unsigned)", got: "\(stored)")
    }
  }

  /// Octal digits between spaces and NULs, or, where the first bit is set, a big-endian binary number.
  private static func number(_ block: [UInt8], _ field: Range<Int>, _ name: String) throws(Problem) -> Int {
    let bytes = block[field]
    func problem() -> Problem {
      Problem(
        offset: field.lowerBound, expected: "a \(name) from 0 to 2^62",
        got: bytes.map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined(separator: " "))
    }
    if block[field.lowerBound] & 0x80 != 0 {
      // 0xFF begins negative numbers, which nothing here may be.
      var value = Int(block[field.lowerBound] & 0x7F)
      for byte in bytes.dropFirst() {
        guard value < 1 << 54 else { throw problem() }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let isPadding = { (byte: UInt8) in byte == 0 || byte == UInt8(ascii: " ") }
    let digits = bytes.drop { $0 == UInt8(ascii: " ") }.prefix { !isPadding($0) }
    guard digits.allSatisfy({ 0x30..<0x38 ~= $0 }), bytes[digits.endIndex...].allSatisfy(isPadding) else {
      throw problem()
    }
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }
}
