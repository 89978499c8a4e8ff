import Tensors

/// What a checkpoint is written from. The views' memory must not change until the writing call has returned: hand over
/// a snapshot when training goes on meanwhile.
public struct CheckpointContents: Sendable {
  public let state: StateRecord
  /// Digest of the configuration that the run was started with.
  public let configuration: Digest
  /// Which program writes it, as a digest of its file; empty where that is not known.
  public let binary: String
  public let model: [TensorView]
  /// Averaged weights and statistics under the model's names; empty where none are kept.
  public let averaged: [TensorView]
  /// Empty where ranks write it in parts.
  public let optimizer: [TensorView]

  /// Traps when two tensors of a file share a name.
  public init(
    state: StateRecord, configuration: Digest, binary: String = "", model: [TensorView], averaged: [TensorView] = [],
    optimizer: [TensorView]
  ) {
    self.state = state
    self.configuration = configuration
    self.binary = binary
    self.model = model
    self.averaged = averaged
    self.optimizer = optimizer
  }

  /// All files but the manifest and the parts that others write.
  ///
  /// - Parameter inParts: whether the optimizer's state is written in parts.
  func files(inParts: Bool) throws -> [FileContents] {
    precondition(!inParts || optimizer.isEmpty, "the optimizer's state is given both whole and in parts")
    if let problem = state.problem {
      throw CheckpointError.broken(path: Checkpoint.File.state.rawValue, reason: "not written: \(problem)")
    }
    func tensors(_ file: Checkpoint.File, _ views: [TensorView]) -> FileContents {
      FileContents(name: file.rawValue, tensors: views, metadata: SafetensorsWriter.torchMetadata)
    }
    return [tensors(.model, model)]
      + (averaged.isEmpty ? [] : [tensors(.averaged, averaged)])
      + (inParts ? [] : [tensors(.optimizer, optimizer)])
      + [FileContents(name: Checkpoint.File.state.rawValue, text: try state.encoded() + "\n")]
  }

  func manifest(of files: [CheckpointManifest.File]) -> CheckpointManifest {
    CheckpointManifest(state, configuration: configuration, binary: binary, files: files)
  }
}
