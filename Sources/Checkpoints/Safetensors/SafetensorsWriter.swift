/// Writes tensors in the safetensors format, straight from where they lie.
public enum SafetensorsWriter {
  /// Hands the file's bytes to `sink` piece by piece.
  ///
  /// Types with wide elements come first, otherwise the order given is kept, so that each tensor starts at a multiple
  /// of its element's size.
  static func stream(
    _ tensors: [TensorView], metadata: [String: String], into sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let ordered = tensors.enumerated().sorted {
      ($1.element.type.bytes, $0.offset) < ($0.element.type.bytes, $1.offset)
    }.map(\.element)
    try SafetensorsHeader(of: ordered, metadata: metadata).encoded().withUnsafeBytes(sink)
    for tensor in ordered { try sink(tensor.bytes) }
  }

  /// Writes a file of its own, durably, in the place of one that may be there. Traps when two tensors share a name.
  public static func write(
    _ tensors: [TensorView], metadata: [String: String] = [:], to path: String,
    files: any FileOperations = SystemFiles()
  ) throws {
    let partial = "\(path)\(CheckpointName.partialMark)"
    do {
      try files.createDurably(partial) { file in
        var writer = ChunkedFileWriter(file, files: files)
        try stream(tensors, metadata: metadata) { try writer.append($0) }
        _ = try writer.finish(name: path)
      }
      try files.rename(partial, to: path)
    } catch {
      // What is left of a failed write must not be in the way of the next; the first error is the one that counts.
      try? files.removeFile(partial)
      throw error
    }
    try files.syncFolder(CheckpointName.folder(of: path))
  }
}
