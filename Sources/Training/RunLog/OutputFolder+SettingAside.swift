import Foundation
import Glibc

extension OutputFolder {
  /// Gives the files of an earlier run, and the names of its newest and best checkpoint, names that end in `.abandoned-N`: N is
  /// free for all of them. Returns their new paths.
  func setAsideFiles() throws -> [String] {
    let own = [configuration, metrics, badSamples, evaluation, result]
    let entries = try FileManager.default.contentsOfDirectory(atPath: path).map { "\(path)/\($0)" }.sorted()
    // A step whose numbers were not finite has a file of its own.
    let files = entries.filter { own.contains($0) || $0.hasPrefix("\(path)/non-finite-") && $0.hasSuffix(".json") }
    let pointers = ["latest", "best"].map { "\(checkpoints)/\($0)" }.filter(Self.isThere)
    let all = files + pointers
    let number = (1...).first { number in !all.contains { Self.isThere(Self.aside($0, number)) } } ?? 1
    for file in all where rename(file, Self.aside(file, number)) != 0 { throw OutputError("rename", file) }
    return all.map { Self.aside($0, number) }
  }

  private static func aside(_ file: String, _ number: Int) -> String { "\(file).abandoned-\(number)" }

  private static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
