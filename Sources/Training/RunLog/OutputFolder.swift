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

  /// Makes the folder and those above it where they are missing, and makes sure that files can be made in it. Only the
  /// coordinator calls it.
  public func create() throws(OutputError) {
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      try Self.makeFolder(String(path[..<end]))
    }
    guard access(path, W_OK | X_OK) == 0 else { throw OutputError("access", path) }
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
