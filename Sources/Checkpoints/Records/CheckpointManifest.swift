import Foundation
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

    /// What a rank tells another of the part that it wrote.
    public var json: [UInt8] {
      get throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(try encoder.encode(self))
      }
    }

    /// Throws `DecodingError` for anything but `json` of another.
    public init(json: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(json)) }

    init(name: String, bytes: Int, chunks: [Digest]) {
      self.name = name
      self.bytes = bytes
      self.chunks = chunks
    }

    /// A file that is still to be written, in the room that its entry will take.
    init(_ planned: PlannedFile) {
      let chunks =
        planned.bytes / DigestingWriter.chunkBytes + (planned.bytes % DigestingWriter.chunkBytes == 0 ? 0 : 1)
      self.init(name: planned.name, bytes: planned.bytes, chunks: Array(repeating: Digest(value: 0), count: chunks))
    }
  }

  static let currentFormat = 2
  static let fileName = "manifest.json"
  /// Room for a terabyte of tensors.
  static let maximumBytes = 64 << 20

  public let formatVersion: Int
  public let step: Int
  /// As in the state: the epoch that the next step belongs to, from 0, and the steps of it that are done.
  public let epoch: Int
  public let stepInEpoch: Int
  /// Digest of the configuration that the run was started with.
  public let configuration: Digest
  /// Which program wrote the checkpoint, as a digest of its file; empty where that is not known.
  public let binary: String
  public let chunkBytes: Int
  public let files: [File]

  init(_ state: StateRecord, configuration: Digest, binary: String, files: [File]) {
    formatVersion = Self.currentFormat
    step = state.step
    epoch = state.epoch
    stepInEpoch = state.stepInEpoch
    self.configuration = configuration
    self.binary = binary
    chunkBytes = DigestingWriter.chunkBytes
    self.files = files
  }

  /// Reads and checks the manifest of a checkpoint's folder.
  init(ofFolder folder: String, files: any FileOperations) throws {
    let path = "\(folder)/\(Self.fileName)"
    let text = try files.contents(of: path, limit: Self.maximumBytes)
    try self.init(decoding: Seal.opened(text, path: path), path: path)
  }

  /// The text of `manifest.json`.
  func contents() throws -> FileContents { FileContents(name: Self.fileName, text: Seal.sealed(try encoded())) }

  /// Epochs done when the checkpoint was taken at the end of one; nil in the midst of one.
  public var endedEpochs: Int? { stepInEpoch == 0 && step > 0 ? epoch : nil }

  public var hasAveragedWeights: Bool { file(named: Checkpoint.File.averaged.rawValue) != nil }

  public func file(named name: String) -> File? { files.first { $0.name == name } }

  /// Bytes of all files, this one excepted.
  public var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

  var problem: String? {
    for (key, count) in [("step", step), ("epoch", epoch), ("step_in_epoch", stepInEpoch)] where count < 0 {
      return "'\(key)': expected at least 0, got \(count)"
    }
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
    case step, epoch, configuration, binary, files
    case stepInEpoch = "step_in_epoch"
    case chunkBytes = "chunk_bytes"
  }
}
