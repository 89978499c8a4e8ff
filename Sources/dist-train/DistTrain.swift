import ArgumentParser
import Training

/// The command line. Parses, hands over to the modules below, and turns how it went into an exit status.
@main
struct DistTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dist-train",
    abstract: "Train convolutional networks on many processes with MPI.",
    usage: """
      mpirun -np N dist-train CONFIG [--set path=value]... [--resume auto|never|DIR]
      dist-train CONFIG --ranks-as-threads N
      dist-train <subcommand> --help
      """,
    discussion: """
      CONFIG is a JSON file; docs/configuration.md describes every field. The run's files go to <output>/<name>/.

      \(ExitStatus.summary)
      """,
    subcommands: [
      Train.self, Plan.self, Evaluate.self, Checkpoints.self, DataCommand.self, Bench.self, BenchCollectives.self,
      BenchData.self,
    ],
    defaultSubcommand: Train.self)
}

extension ExitStatus {
  /// The table of statuses, for `--help`.
  static var summary: String {
    "EXIT STATUS\n" + allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n")
  }
}
