import Tensors

/// Writes a file from its first byte on and takes the digest of every chunk on the way.
///
/// Large pieces are written from where they lie; small ones are gathered, since a network has many. Both go in blocks
/// that stay in a core's cache between the digest and the write.
struct DigestingWriter: ~Copyable {
  static let chunkBytes = 4 << 20
  private static let blockBytes = 1 << 18

  private let files: any FileOperations
  private let file: OpenFile
  private let buffer = AlignedBuffer(bytes: blockBytes)
  private var buffered = 0
  private var bytes = 0
  private var chunk = DigestStream()
  private var chunks: [Digest] = []

  init(_ file: OpenFile, files: any FileOperations) {
    self.file = file
    self.files = files
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let block = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.blockBytes - buffered))
      if buffered == 0 && block.count == Self.blockBytes {
        try write(block)
      } else {
        UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[buffered...]).copyMemory(from: block)
        buffered += block.count
        if buffered == Self.blockBytes || bytes.count >= Self.blockBytes { try flush() }
      }
      rest = rest.dropFirst(block.count)
    }
  }

  /// Writes what is left and returns what a manifest says of the file. The caller makes it durable.
  mutating func finish(name: String) throws -> CheckpointManifest.File {
    try flush()
    if bytes % Self.chunkBytes > 0 { chunks.append(chunk.digest) }
    return CheckpointManifest.File(name: name, bytes: bytes, chunks: chunks)
  }

  private mutating func flush() throws {
    let block = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<buffered])
    buffered = 0
    try write(block)
  }

  private mutating func write(_ block: UnsafeRawBufferPointer) throws {
    var rest = block[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.chunkBytes - bytes % Self.chunkBytes))
      chunk.append(part)
      bytes += part.count
      if bytes % Self.chunkBytes == 0 {
        chunks.append(chunk.digest)
        chunk = DigestStream()
      }
      rest = rest.dropFirst(part.count)
    }
    try files.writeAll(block, to: file)
  }
}
