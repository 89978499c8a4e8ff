/// Writes tensors in the safetensors format, straight from where they lie.
public enum SafetensorsWriter {
  /// PyTorch's tools look for this entry to know whose axis order the tensors have.
  static let torchMetadata = ["format": "pt"]

  /// Writes a file of its own, durably, in the place of one that may be there. Traps when two tensors share a name.
  public static func write(
    _ tensors: [TensorView], metadata: [String: String] = [:], to path: String,
    files: any FileOperations = SystemFiles()
  ) throws {
    let contents = FileContents(name: CheckpointName.last(of: path), tensors: tensors, metadata: metadata)
    let partial = "\(path)\(CheckpointName.partialMark)"
    do {
      try files.createDurably(partial) { file in
        try files.reserve(file, bytes: contents.planned.bytes)
        _ = try contents.stream(to: file, files: files)
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
