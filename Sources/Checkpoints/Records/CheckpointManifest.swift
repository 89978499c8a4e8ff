import Tensors

/// `manifest.json`, written last: what the other files of a checkpoint must be, to the bit.
///
/// A folder without a manifest whose seal and sizes hold is no checkpoint.
public struct CheckpointManifest: Hashable, Sendable, StrictRecord {
  public struct File: Hashable, Sendable, Codable {
    public let name: String
    public let bytes: Int
    /// Of each chunk of `chunkBytes` in order; the last one may be shorter.
    public let chunks: [Digest]
  }

  static let currentFormat = 1
  static let fileName = "manifest.json"
  /// Room for a terabyte of tensors.
  static let maximumBytes = 64 << 20

  public let formatVersion: Int
  public let step: Int
  /// Digest of the configuration that the run was started with.
  public let configuration: Digest
  public let chunkBytes: Int
  public let files: [File]

  init(step: Int, configuration: Digest, files: [File]) {
    formatVersion = Self.currentFormat
    self.step = step
    self.configuration = configuration
    chunkBytes = ChunkedFileWriter.chunkBytes
    self.files = files
  }

  /// Reads and checks the manifest of a checkpoint's folder.
  init(ofFolder folder: String, files: any FileOperations) throws {
    let path = "\(folder)/\(Self.fileName)"
    let text = try files.contents(of: path, limit: Self.maximumBytes)
    try self.init(decoding: Seal.opened(text, path: path), path: path)
  }

  public func file(named name: String) -> File? { files.first { $0.name == name } }

  /// Bytes of all files, this one excepted.
  public var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

  var problem: String? {
    if step < 0 { return "'step': expected at least 0, got \(step)" }
    if !(1...1 << 30 ~= chunkBytes) { return "'chunk_bytes': expected 1 to \(1 << 30), got \(chunkBytes)" }
    if Set(files.map(\.name)).count < files.count { return "'files' names a file twice" }
    for file in files {
      if file.name.isEmpty || file.name.contains("/") || file.name.hasPrefix(".") {
        return "'files' names '\(file.name)', which is not a plain file name"
      }
      let chunks = file.bytes / chunkBytes + (file.bytes % chunkBytes == 0 ? 0 : 1)
      if file.bytes < 0 || file.chunks.count != chunks {
        return "\(file.name): \(file.chunks.count) chunks do not make \(file.bytes) bytes"
      }
    }
    return nil
  }

  private enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case step, configuration, files
    case chunkBytes = "chunk_bytes"
  }
}
