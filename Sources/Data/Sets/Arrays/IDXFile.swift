/// The values of an IDX file of bytes, plain (they are read when they are wanted) or packed by gzip (they are in memory).
struct IDXFile: Sendable {
  let path: String
  let dimensions: [Int]
  private let storage: Storage

  private enum Storage: Sendable {
    case file(DataFile, offset: Int)
    case memory([UInt8], offset: Int)
  }

  /// gzip makes at most 1032 bytes out of one. A header that promises more is wrong, and is found out before memory is
  /// taken for it.
  private static let greatestRatio = 1032

  init(_ file: BytePath, dimensions count: Int) throws(DataError) {
    let path = file.text
    let file = try DataFile(file, as: "an IDX file")
    let start = IDXHeader.length(dimensions: count)
    if try Gunzip.isPacked(file) {
      let header = try IDXHeader(Gunzip.unpack(file, count: start, whole: false), dimensions: count, path: path)
      guard header.bytes / Self.greatestRatio <= file.size else {
        throw Self.wrongSize(path, header, got: "a packed file of only \(file.size) bytes")
      }
      storage = .memory(try Gunzip.unpack(file, count: start + header.bytes, whole: true), offset: start)
      dimensions = header.dimensions
    } else {
      let header = try IDXHeader(file.bytes(at: 0, count: start), dimensions: count, path: path)
      guard file.size - start == header.bytes else {
        throw Self.wrongSize(path, header, got: "\(file.size - start)")
      }
      storage = .file(file, offset: start)
      dimensions = header.dimensions
    }
    self.path = path
  }

  /// Fills `target` with the values from `offset` on.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(DataError) {
    switch storage {
    case .file(let file, let start): try file.read(at: start + offset, into: target)
    case .memory(let bytes, let start):
      bytes.withUnsafeBytes { target.copyBytes(from: $0[(start + offset)..<(start + offset + target.count)]) }
    }
  }

  /// All values; for files of labels, which are small.
  func all() throws(DataError) -> [UInt8] {
    switch storage {
    case .file(let file, let start): try file.bytes(at: start, count: file.size - start)
    case .memory(let bytes, let start): Array(bytes[start...])
    }
  }

  private static func wrongSize(_ path: String, _ header: IDXHeader, got: String) -> DataError {
    .badFile(
      FileFault(
        path, expected: "\(header.bytes) bytes (\(header.dimensions.map(String.init).joined(separator: "x")))",
        got: got,
        advice: FileFault.copyAgain))
  }
}
