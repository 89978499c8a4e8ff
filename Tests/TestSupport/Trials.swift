import Foundation
import Glibc

/// How often a suite of trials tries: a fixed sample in `launch/test`, and all of it in `launch/test --long`, which names in
/// `DIST_TRAIN_TRIALS` the file that results are added to, and in `DIST_TRAIN_MOST_TRIALS` how many of a kind are enough.
/// Such suites have names that end in `Trials`.
public enum Trials {
  private static let file = ProcessInfo.processInfo.environment["DIST_TRAIN_TRIALS"]
  private static let most = ProcessInfo.processInfo.environment["DIST_TRAIN_MOST_TRIALS"].flatMap { Int($0) } ?? .max

  public static var areLong: Bool { file != nil }

  public static func count(sample: Int, long: Int) -> Int { areLong ? min(long, most) : sample }

  /// Adds a result to the report: `fault` and `observable` are cells of its table. Does nothing in the fixed sample.
  public static func record(fault: String, observable: String, trials: Int, passed: Int, note: String = "") throws {
    guard let file else { return }
    struct Line: Encodable { let fault: String, observable: String, trials: Int, passed: Int, note: String }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes = try encoder.encode(
      Line(fault: fault, observable: observable, trials: trials, passed: passed, note: note))
    bytes.append(UInt8(ascii: "\n"))
    let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    defer { close(descriptor) }
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written != bytes.count { throw CocoaError(.fileWriteUnknown) }
  }
}
