import Tensors

/// What a checkpoint is written from. The views' memory must not change until the writing call has returned: hand over
/// a snapshot when training goes on meanwhile.
public struct CheckpointContents {
  public let state: StateRecord
  /// Digest of the configuration that the run was started with.
  public let configuration: Digest
  public let model: [TensorView]
  public let optimizer: [TensorView]

  /// Traps when two tensors of a file share a name.
  public init(state: StateRecord, configuration: Digest, model: [TensorView], optimizer: [TensorView]) {
    self.state = state
    self.configuration = configuration
    self.model = model
    self.optimizer = optimizer
  }

  /// Writes all files but the manifest into a folder, each durable before the next is begun.
  func write(inFolder folder: String, files: any FileOperations) throws -> [CheckpointManifest.File] {
    if let problem = state.problem {
      throw CheckpointError.broken(
        path: "\(folder)/\(Checkpoint.File.state.rawValue)", reason: "not written: \(problem)")
    }
    // PyTorch's tools look for this entry to know whose axis order the tensors have.
    let metadata = ["format": "pt"]
    return [
      try Self.write(.model, inFolder: folder, files: files) { writer in
        try SafetensorsWriter.stream(model, metadata: metadata) { try writer.append($0) }
      },
      try Self.write(.optimizer, inFolder: folder, files: files) { writer in
        try SafetensorsWriter.stream(optimizer, metadata: metadata) { try writer.append($0) }
      },
      try Self.write(.state, inFolder: folder, files: files) { writer in
        var text = try state.encoded() + "\n"
        try text.withUTF8 { try writer.append(UnsafeRawBufferPointer($0)) }
      },
    ]
  }

  private static func write(
    _ file: Checkpoint.File, inFolder folder: String, files: any FileOperations,
    _ body: (inout ChunkedFileWriter) throws -> Void
  ) throws -> CheckpointManifest.File {
    try files.createDurably("\(folder)/\(file.rawValue)") { opened in
      var writer = ChunkedFileWriter(opened, files: files)
      try body(&writer)
      return try writer.finish(name: file.rawValue)
    }
  }
}
