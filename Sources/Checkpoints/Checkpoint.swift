import Tensors

/// A checkpoint's folder, opened: its manifest's seal holds and every file has the size that the manifest states.
public struct Checkpoint: Hashable, Sendable {
  /// The files of a checkpoint beside its manifest.
  public enum File: String, Hashable, Sendable, CaseIterable {
    /// Weights and running statistics, under torchvision's names.
    case model = "model.safetensors"
    /// Averaged weights and statistics under the same names, where a run keeps them.
    case averaged = "averaged.safetensors"
    /// Or parts of it, as `OptimizerPart` names them.
    case optimizer = "optimizer.safetensors"
    case state = "state.json"
  }

  public let path: String
  public let manifest: CheckpointManifest

  public var step: Int { manifest.step }

  /// Throws `CheckpointError` that names the file at fault.
  public init(opening path: String, files: any FileOperations = SystemFiles()) throws {
    self.path = path
    manifest = try CheckpointManifest(ofFolder: path, files: files)
    try Self.checkNames(of: manifest.files, path: path)
    if let name = CheckpointName(CheckpointName.last(of: path)), name.step != step {
      throw CheckpointError.broken(
        path: path, reason: "its manifest is of step \(step); it belongs to another checkpoint")
    }
    for file in manifest.files {
      let bytes = try files.reading("\(path)/\(file.name)") { try files.size(of: $0) }
      if bytes != file.bytes {
        throw CheckpointError.broken(
          path: "\(path)/\(file.name)",
          reason: "expected \(file.bytes) bytes, found \(bytes); it was cut short or altered")
      }
    }
  }

  /// Every file that a checkpoint must have is there, and no other.
  private static func checkNames(of files: [CheckpointManifest.File], path: String) throws {
    let names = files.map(\.name)
    let needed = [File.model.rawValue, File.state.rawValue] + optimizerFiles(among: names)
    if let missing = needed.first(where: { !names.contains($0) }) {
      throw CheckpointError.broken(path: path, reason: "its manifest has no \(missing)")
    }
    if let strange = names.first(where: { !needed.contains($0) && $0 != File.averaged.rawValue }) {
      throw CheckpointError.broken(path: path, reason: "its manifest names \(strange), which has no place in it")
    }
  }

  private static func optimizerFiles(among names: [String]) -> [String] {
    OptimizerPart.fileNames(among: names) ?? [File.optimizer.rawValue]
  }

  /// The files of the optimizer's state: one, or all parts in their order.
  var optimizerFiles: [String] { Self.optimizerFiles(among: manifest.files.map(\.name)) }

  /// Reads every byte and holds it against the manifest's digests, then reads what a restart would read first.
  public func verify(files: any FileOperations = SystemFiles()) throws {
    let largest = manifest.files.map(\.bytes).max() ?? 0
    let buffer = AlignedBuffer(bytes: min(manifest.chunkBytes, largest))
    for file in manifest.files {
      try files.reading("\(path)/\(file.name)") { opened in
        for (index, digest) in file.chunks.enumerated() {
          let start = index * manifest.chunkBytes
          let end = min(start + manifest.chunkBytes, file.bytes)
          let chunk = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(end - start)])
          try files.readAll(opened, at: start, into: chunk)
          if Digest(of: UnsafeRawBufferPointer(chunk)) != digest {
            throw CheckpointError.broken(path: opened.path, reason: "bytes \(start)..<\(end) were altered")
          }
        }
      }
    }
    let state = try state(files: files)
    if (state.step, state.epoch, state.stepInEpoch) != (step, manifest.epoch, manifest.stepInEpoch) {
      throw CheckpointError.broken(
        path: path,
        reason: "its manifest is of step \(step) (epoch \(manifest.epoch), step \(manifest.stepInEpoch) of it), "
          + "its state of step \(state.step) (epoch \(state.epoch), step \(state.stepInEpoch) of it)")
    }
    _ = try tensors(.model, files: files)
    if manifest.hasAveragedWeights { _ = try tensors(.averaged, files: files) }
    try checkOptimizer(files: files)
  }

  public func state(files: any FileOperations = SystemFiles()) throws -> StateRecord {
    let path = "\(path)/\(File.state.rawValue)"
    return try StateRecord(decoding: files.contents(of: path, limit: StateRecord.maximumBytes), path: path)
  }

  /// Opens one of the files of tensors. The optimizer's state may be in parts: `restoreOptimizer` reads either.
  public func tensors(_ file: File, files: any FileOperations = SystemFiles()) throws -> SafetensorsFile {
    try SafetensorsFile(opening: "\(path)/\(file.rawValue)", files: files)
  }
}
