import Tensors

/// A checkpoint's folder, opened: its manifest's seal holds and every file has the size that the manifest states.
public struct Checkpoint: Hashable, Sendable {
  /// The files that every checkpoint has.
  public enum File: String, Hashable, Sendable, CaseIterable {
    /// Weights and running statistics, under torchvision's names.
    case model = "model.safetensors"
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
    for file in File.allCases where manifest.file(named: file.rawValue) == nil {
      throw CheckpointError.broken(path: path, reason: "its manifest has no \(file.rawValue)")
    }
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
    if state.step != step {
      throw CheckpointError.broken(
        path: path, reason: "its manifest is of step \(step), its state of step \(state.step)")
    }
    _ = try tensors(.model, files: files)
    _ = try tensors(.optimizer, files: files)
  }

  public func state(files: any FileOperations = SystemFiles()) throws -> StateRecord {
    let path = "\(path)/\(File.state.rawValue)"
    return try StateRecord(decoding: files.contents(of: path, limit: StateRecord.maximumBytes), path: path)
  }

  /// Opens one of the files of tensors.
  public func tensors(_ file: File, files: any FileOperations = SystemFiles()) throws -> SafetensorsFile {
    try SafetensorsFile(opening: "\(path)/\(file.rawValue)", files: files)
  }
}
