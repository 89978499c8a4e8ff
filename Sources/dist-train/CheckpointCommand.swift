import ArgumentParser
import Checkpoints
import Foundation
import Training

/// `dist-train checkpoint list|show|verify DIR`.
struct Checkpoints: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Look at the checkpoints of a run.",
    subcommands: [List.self, Show.self, Verify.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a run's checkpoints, newest first.")

    @Argument(help: ArgumentHelp("The run's folder, as in runs/quickstart.", valueName: "DIR"), completion: .directory)
    var directory: String

    func run() throws {
      try reportingErrors {
        let catalog = CheckpointCatalog(runFolder: directory)
        let entries = try catalog.list(.sizes)
        if entries.isEmpty { throw CheckpointError.broken(path: catalog.folder, reason: "it holds no checkpoints") }
        for entry in entries {
          switch entry.result {
          case .success(let checkpoint): print("\(entry.path)  step \(entry.step)  \(checkpoint.manifest.bytes) bytes")
          case .failure(let error): print("\(entry.path)  unusable: \(error)")
          }
        }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a checkpoint holds.")

    @Argument(help: ArgumentHelp("The checkpoint's folder.", valueName: "DIR"), completion: .directory)
    var directory: String

    func run() throws {
      try reportingErrors {
        let checkpoint = try Checkpoint(opening: directory)
        let state = try checkpoint.state()
        print("network        \(state.network), \(state.parameterCount) parameters")
        print("step           \(state.step) (epoch \(state.epoch + 1), \(state.stepInEpoch) steps of it)")
        print("samples seen   \(state.samplesSeen)")
        print("seed           \(state.seed)")
        print("world size     \(state.worldSize)")
        if let best = state.best { print("best           top-1 \(best.score) after step \(best.step)") }
        print("configuration  \(checkpoint.manifest.configuration)")
        for file in checkpoint.manifest.files { print("\(file.name)  \(file.bytes) bytes") }
        for tensor in try checkpoint.tensors(.model).header.tensors {
          print("  \(tensor.name)  \(tensor.type)  \(tensor.shape)")
        }
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read every byte of a checkpoint, or of all checkpoints of a run.",
      discussion: "Ends with status 66 when one is not as it was written.")

    @Argument(help: ArgumentHelp("A checkpoint's or a run's folder.", valueName: "DIR"), completion: .directory)
    var directory: String

    func run() throws {
      try reportingErrors {
        // A broken checkpoint may lack any file, so what tells a run's folder is its folder of checkpoints.
        let catalog = CheckpointCatalog(runFolder: directory)
        let isRun = FileManager.default.fileExists(atPath: catalog.folder)
        let paths = isRun ? try catalog.list(.sizes).map(\.path) : [directory]
        if paths.isEmpty { throw CheckpointError.broken(path: catalog.folder, reason: "it holds no checkpoints") }
        var broken: (any Error)?
        for path in paths {
          do {
            try Checkpoint(opening: path).verify()
            print("\(path)  good")
          } catch {
            print("\(path)  broken: \(error)")
            broken = broken ?? error
          }
        }
        if let broken { throw broken }
      }
    }
  }
}
