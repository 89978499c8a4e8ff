import ArgumentParser
import Checkpoints

/// `dist-train checkpoint show DIR`.
struct CheckpointShow: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Show what a checkpoint holds.")

  @Argument(
    help: ArgumentHelp(
      "The checkpoint's folder, checkpoints/latest or best, or the run's folder for its newest.", valueName: "DIR"),
    completion: .directory)
  var directory: String

  @OptionGroup var output: CheckpointOutput

  struct Summary: Encodable {
    struct File: Encodable {
      let name: String
      let bytes: Int
    }

    struct Tensor: Encodable {
      let name: String
      let type: String
      let shape: [Int]
    }

    let path: String
    let state: StateRecord
    let configurationDigest: String
    let binary: String
    let endsEpoch: Bool
    let hasAveragedWeights: Bool
    let files: [File]
    let tensors: [Tensor]
  }

  func run() throws {
    try reportingErrors {
      let checkpoint = try Checkpoint(named: directory)
      let manifest = checkpoint.manifest
      // Held by a name: as a temporary, Swift 6.3 closes the file before its header is read to the end.
      let model = try checkpoint.tensors(.model)
      let tensors = model.header.tensors
      let summary = Summary(
        path: checkpoint.path, state: try checkpoint.state(), configurationDigest: "\(manifest.configuration)",
        binary: manifest.binary, endsEpoch: manifest.endedEpochs != nil,
        hasAveragedWeights: manifest.hasAveragedWeights,
        files: manifest.files.map { .init(name: $0.name, bytes: $0.bytes) },
        tensors: tensors.map { .init(name: $0.name, type: "\($0.type)", shape: $0.shape.dimensions) })
      try output.show(summary, \.text)
    }
  }
}

extension CheckpointShow.Summary {
  fileprivate var text: String {
    var rows = [
      ("network", "\(state.network), \(state.parameterCount) parameters"),
      ("step", "\(state.step) (epochs done: \(state.epoch), and \(state.stepInEpoch) steps of the next)"),
      ("samples seen", "\(state.samplesSeen)"), ("seed", "\(state.seed)"), ("world size", "\(state.worldSize)"),
    ]
    if let schedule = state.schedule { rows.append(("next rate", "\(schedule.rate), \(schedule.shape)")) }
    if let best = state.best { rows.append(("best", "top-1 \(best.score) after step \(best.step)")) }
    rows += [
      ("averaged", hasAveragedWeights ? "yes, averaged.safetensors" : "no"), ("configuration", configurationDigest),
      ("written by", binary.isEmpty ? "not known" : binary),
    ]
    let table = rows.map { $0.0.padding(toLength: 15, withPad: " ", startingAt: 0) + $0.1 }
    return
      (table + files.map { "\($0.name)  \($0.bytes) bytes" }
      + tensors.map { "  \($0.name)  \($0.type)  \($0.shape.map(String.init).joined(separator: "x"))" })
      .joined(separator: "\n")
  }
}
