/// Reads small pieces of a file in ascending order with few calls: a piece that lies in what was read last costs none.
struct BufferedFile {
  private let file: DataFile
  private var buffer: [UInt8] = []
  private var start = 0

  /// Headers of small neighbouring members come with one read, and little is read in vain where members are large.
  private static let readBytes = 4096

  init(_ file: DataFile) { self.file = file }

  var path: String { file.path }
  var size: Int { file.size }

  mutating func bytes(at offset: Int, count: Int) throws(DataError) -> [UInt8] {
    if offset < start || offset + count > start + buffer.count {
      buffer = try file.bytes(at: offset, count: max(count, min(Self.readBytes, size - offset)))
      start = offset
    }
    return Array(buffer[(offset - start)..<(offset - start + count)])
  }
}
