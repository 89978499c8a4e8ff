/// Bytes that cannot be what an `IndexWriter` wrote.
struct IndexDamage: Error {}

/// Writes numbers and names for an `IndexReader`: whole numbers of 8 bytes, and arrays as their count and their elements,
/// little-endian.
struct IndexWriter {
  private(set) var bytes: [UInt8]

  init(beginning bytes: [UInt8] = []) { self.bytes = bytes }

  mutating func number(_ value: Int) {
    withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func numbers<Number: FixedWidthInteger>(_ values: [Number]) {
    number(values.count)
    values.withUnsafeBytes { raw in
      // Every machine that this runs on is little-endian; should one not be, the digest of the file will tell.
      bytes.append(contentsOf: raw)
    }
  }

  mutating func text(_ text: String) { numbers(Array(text.utf8)) }

  mutating func names(_ names: FileNames) {
    numbers(names.bytes)
    numbers(names.ends)
  }
}

/// Reads what an `IndexWriter` wrote. Nothing is trusted: counts are checked against the bytes that are there.
struct IndexReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func number() throws(IndexDamage) -> Int {
    guard bytes.count - position >= 8 else { throw IndexDamage() }
    defer { position += 8 }
    return bytes.withUnsafeBytes {
      Int(Int64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Int64.self)))
    }
  }

  /// The count of something of which each takes at least `bytes` bytes.
  mutating func count(ofAtLeast elementBytes: Int) throws(IndexDamage) -> Int {
    let count = try number()
    guard count >= 0, count <= (bytes.count - position) / elementBytes else { throw IndexDamage() }
    return count
  }

  mutating func numbers<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(IndexDamage) -> [Number] {
    let stride = MemoryLayout<Number>.stride
    let count = try count(ofAtLeast: stride)
    let part = position..<(position + count * stride)
    position = part.upperBound
    return [Number](unsafeUninitializedCapacity: count) { target, filled in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: .init(rebasing: $0[part])) }
      filled = count
    }
  }

  mutating func text() throws(IndexDamage) -> String {
    guard let text = String(validating: try numbers(UInt8.self), as: UTF8.self) else { throw IndexDamage() }
    return text
  }

  mutating func names() throws(IndexDamage) -> FileNames {
    guard let names = FileNames(bytes: try numbers(), ends: try numbers()) else { throw IndexDamage() }
    return names
  }
}
