import Glibc

/// Where a run's files are.
public struct OutputFolder: Sendable, Equatable {
  public let path: String

  public init(output: String, name: String) {
    path = output.hasSuffix("/") ? output + name : "\(output)/\(name)"
  }

  public init(of configuration: RunConfiguration) {
    self.init(output: configuration.output, name: configuration.name)
  }

  public var configuration: String { "\(path)/config.lock.json" }
  public var metrics: String { "\(path)/metrics.jsonl" }
  public var badSamples: String { "\(path)/bad-samples.jsonl" }
  public var evaluation: String { "\(path)/evaluation.json" }
  public var result: String { "\(path)/result.json" }
  public var checkpoints: String { "\(path)/checkpoints" }
  public var index: String { "\(path)/index" }
  /// What was not finite in a step, from 1.
  func nonFinite(step: Int) -> String { "\(path)/non-finite-\(step).json" }
  /// Notes of injected faults.
  var injected: String { "\(path)/injected" }

  /// Throws where the folder, one above it or that of the checkpoints is a link to nothing: what lay there is out of reach,
  /// and must not pass for a run that has not begun.
  func requireNoDanglingLinks() throws(OutputError) {
    for folder in folders + [checkpoints] {
      if let target = danglingLink(folder) { throw OutputError("open", folder, code: ENOENT, danglingLink: target) }
    }
  }

  /// Makes the folder, those above it and that of the checkpoints where they are missing, and makes sure that files can be
  /// written in both. Only the coordinator calls it.
  public func create() throws(OutputError) {
    try requireNoDanglingLinks()
    for folder in folders + [checkpoints] { try Self.makeFolder(folder) }
    for folder in [path, checkpoints] { try Self.writeProbe(in: folder) }
  }

  /// From the outermost to this one.
  private var folders: [String] {
    var folders: [String] = []
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      folders.append(String(path[..<end]))
    }
    return folders
  }

  private static func writeProbe(in folder: String) throws(OutputError) {
    let probe = "\(folder)/.probe"
    defer { unlink(probe) }
    do {
      try OutputDescriptor(probe, .replacing).write("probe")
    } catch {
      throw OutputError(error.call, folder, code: error.code)
    }
  }

  /// Replaces `config.lock.json`, durably.
  public func write(_ configuration: RunConfiguration) throws(OutputError) {
    try DurableFile.write(configuration.lock, to: self.configuration)
  }

  /// Replaces `evaluation.json`, durably.
  public func write(_ details: EvaluationDetails) throws {
    try DurableFile.write(try details.json().document, to: evaluation)
  }

  /// Writes `result.json`, durably: the last file of a run, so that whoever sees it knows that the run is complete.
  public func write(_ result: RunResult) throws {
    try DurableFile.write(try result.json().document, to: self.result)
  }

  /// An earlier run's `result.json` must not stand beside an unfinished run.
  public func removeResult() throws(OutputError) {
    guard unlink(result) == 0 || errno == ENOENT else { throw OutputError("unlink", result) }
  }

  private static func makeFolder(_ path: String) throws(OutputError) {
    guard mkdir(path, 0o777) != 0 else { return }
    let code = errno
    var information = stat()
    if stat(path, &information) == 0 {
      guard information.st_mode & S_IFMT == S_IFDIR else { throw OutputError("mkdir", path, code: ENOTDIR) }
    } else {
      throw OutputError("mkdir", path, code: code)
    }
  }
}
