import JSON
import Glibc

/// `metrics.jsonl`: a line of JSON for each report, handed to the system line by line.
///
/// A process that is killed loses no line; a machine that stops may lose those since the last `synchronize`.
public struct MetricsFile: ~Copyable {
  private let file: OutputDescriptor
  /// What the system has not taken yet.
  private var pending: [UInt8] = []

  /// Begins an empty file.
  public init(creating path: String) throws(OutputError) {
    try DurableFile.write("", to: path)
    file = try OutputDescriptor(path, .appending)
  }

  /// Goes on with a file after what was reported up to `step`; later lines, and a torn one, are taken out. A missing
  /// file counts as empty.
  public init(resuming path: String, afterStep step: Int) throws(OutputError) {
    try Self.truncate(path, afterStep: step)
    file = try OutputDescriptor(path, .appending)
  }

  /// Throws `OutputError` when the line could not be written, for example since the disk is full: then it is kept, and
  /// written before the next one.
  public mutating func append(_ report: some MetricsReport) throws {
    pending += Array((try report.line() + "\n").utf8)
    try flush()
  }

  /// Writes what is left of earlier reports.
  mutating func flush() throws(OutputError) { try file.write(from: &pending) }

  /// Makes all lines so far durable.
  public mutating func synchronize() throws(OutputError) {
    try flush()
    try file.synchronize()
  }

  /// The same for the file at `path`, from any thread. Called with every checkpoint, so that a resumed run finds its lines.
  static func synchronize(_ path: String) throws(OutputError) {
    try OutputDescriptor(path, .appending).synchronize()
  }

  /// Keeps, byte for byte, the complete lines whose step is at most `step`. The file is replaced as a whole or not at
  /// all.
  static func truncate(_ path: String, afterStep step: Int) throws(OutputError) {
    var bytes: [UInt8] = []
    do {
      bytes = try readFile(path)
    } catch  where error.code == ENOENT {
    } catch {
      throw OutputError("read", path, code: error.code)
    }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    _ = lines.popLast()
    let kept = lines.map { String(decoding: $0, as: UTF8.self) }.filter { isReport($0, upTo: step) }
    try DurableFile.write(kept.map { $0 + "\n" }.joined(), to: path)
  }

  private static func isReport(_ line: String, upTo step: Int) -> Bool {
    guard let report = try? JSONValue(parsing: line), case .integer(let reported)? = report["step"] else {
      return false
    }
    return reported <= step
  }
}
