import ArgumentParser
import Checkpoints
import Foundation

/// `dist-train checkpoint verify DIR`.
struct CheckpointVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read every byte of a checkpoint, or of all checkpoints of a run.",
    discussion: "Ends with status 66 when one is not as it was written.")

  @Argument(help: ArgumentHelp("A checkpoint's or a run's folder.", valueName: "DIR"), completion: .directory)
  var directory: String

  @OptionGroup var output: CheckpointOutput

  struct Line: Encodable {
    let path: String
    let isGood: Bool
    let problem: String?
  }

  func run() throws {
    try reportingErrors {
      let paths = try paths()
      var broken: (any Error)?
      let lines = paths.map { path in
        do {
          try Checkpoint(opening: path).verify()
          return Line(path: path, isGood: true, problem: nil)
        } catch {
          broken = broken ?? error
          return Line(path: path, isGood: false, problem: "\(error)")
        }
      }
      try output.show(lines) { lines in
        lines.map { "\($0.path)  " + ($0.problem.map { "broken: \($0)" } ?? "good") }.joined(separator: "\n")
      }
      if let broken { throw broken }
    }
  }

  private func paths() throws -> [String] {
    // A broken checkpoint may lack any file, so what tells a run's folder is its folder of checkpoints.
    let catalog = CheckpointCatalog(runFolder: directory)
    guard FileManager.default.fileExists(atPath: catalog.folder) else {
      return [try Checkpoint.folder(named: directory)]
    }
    let paths = try catalog.list(.sizes).map(\.path)
    if paths.isEmpty { throw CheckpointError.broken(path: catalog.folder, reason: "it holds no checkpoints") }
    return paths
  }
}
