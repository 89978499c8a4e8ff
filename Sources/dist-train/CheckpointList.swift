import ArgumentParser
import Checkpoints
import Foundation

/// `dist-train checkpoint list DIR`.
struct CheckpointList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List a run's checkpoints, newest first.",
    discussion: """
      Sizes are looked at, not contents: see verify. The score is the top-1 accuracy of the evaluation at that step, where \
      it was the best so far.
      """)

  @Argument(help: ArgumentHelp("The run's folder, as in runs/quickstart.", valueName: "DIR"), completion: .directory)
  var directory: String

  @OptionGroup var output: CheckpointOutput

  struct Line: Encodable {
    let path: String
    let step: Int
    /// Epochs done, and the steps of the next one that are done.
    var epochs: Int?
    var stepInEpoch: Int?
    var bytes: Int?
    var score: Double?
    var written: Date?
    let isLatest: Bool
    let isBest: Bool
    /// Why it cannot be used; nil when it can.
    var problem: String?
  }

  func run() throws {
    try reportingErrors {
      let catalog = CheckpointCatalog(runFolder: directory)
      let (latest, best) = (catalog.latest, catalog.best)
      let lines = try catalog.list(.sizes).map { entry in
        var line = Line(path: entry.path, step: entry.step, isLatest: entry.name == latest, isBest: entry.name == best)
        line.fill(from: entry)
        return line
      }
      if lines.isEmpty { throw CheckpointError.broken(path: catalog.folder, reason: "it holds no checkpoints") }
      try output.show(lines) { $0.map(\.text).joined(separator: "\n") }
    }
  }
}

extension CheckpointList.Line {
  fileprivate mutating func fill(from entry: CheckpointCatalog.Entry) {
    do {
      let checkpoint = try entry.result.get()
      let best = try checkpoint.state().best
      (epochs, stepInEpoch) = (checkpoint.manifest.epoch, checkpoint.manifest.stepInEpoch)
      bytes = checkpoint.manifest.bytes
      score = best?.step == step ? best?.score : nil
      let manifest = try FileManager.default.attributesOfItem(atPath: "\(path)/manifest.json")
      written = manifest[.modificationDate] as? Date
    } catch {
      problem = "\(error)"
    }
  }

  fileprivate var text: String {
    if let problem { return "\(path)  unusable: \(problem)" }
    let epochs = "epochs \(epochs ?? 0)" + (stepInEpoch == 0 ? "" : " and \(stepInEpoch ?? 0) more steps")
    let parts = [
      path, "step \(step)", epochs, String(format: "%.1f MB", Double(bytes ?? 0) * 1e-6),
      written.map { $0.formatted(.iso8601) }, score.map { String(format: "top-1 %.2f %%", 100 * $0) },
      isLatest ? "latest" : nil, isBest ? "best" : nil,
    ]
    return parts.compactMap(\.self).joined(separator: "  ")
  }
}
