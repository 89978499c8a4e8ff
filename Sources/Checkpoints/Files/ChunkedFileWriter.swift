import Tensors

/// Writes a file through a buffer of one chunk and takes the digest of every chunk on its way.
///
/// The buffer makes few large writes of a network's many small tensors, and is the only memory a checkpoint needs.
struct ChunkedFileWriter: ~Copyable {
  static let chunkBytes = 4 << 20

  private let files: any FileOperations
  private let file: OpenFile
  private let buffer = AlignedBuffer(bytes: chunkBytes)
  private var buffered = 0
  private var bytes = 0
  private var chunks: [Digest] = []

  init(_ file: OpenFile, files: any FileOperations) {
    self.file = file
    self.files = files
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(Self.chunkBytes - buffered)
      UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[buffered...]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: part))
      buffered += part.count
      rest = rest.dropFirst(part.count)
      if buffered == Self.chunkBytes { try flush() }
    }
  }

  /// Writes what is left and returns what a manifest says of the file. The caller makes it durable.
  mutating func finish(name: String) throws -> CheckpointManifest.File {
    if buffered > 0 { try flush() }
    return CheckpointManifest.File(name: name, bytes: bytes, chunks: chunks)
  }

  private mutating func flush() throws {
    let chunk = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<buffered])
    chunks.append(Digest(of: chunk))
    try files.writeAll(chunk, to: file)
    bytes += buffered
    buffered = 0
  }
}
