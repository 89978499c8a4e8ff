import ArgumentParser
import Glibc
import Platform
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

  static func main() {
    openStandardStreams()
    // A file that would grow beyond `ulimit -f` is an error of its own, with its path.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
      leave(with: .success)
    } catch {
      let (code, message) = (exitCode(for: error), fullMessage(for: error))
      // Help, which was asked for, is a result.
      if !message.isEmpty, code == .success { print(message) } else if !message.isEmpty { tell(message) }
      leave(with: code)
    }
  }

  /// Ends the process. A result that nobody got is a failure, whatever the work came to.
  private static func leave(with code: ExitCode) -> Never {
    guard let problem = endStandardOutput() else { Glibc.exit(code.rawValue) }
    tell(
      "dist-train: standard output could not be written: \(problem). What it would have held is lost; start again to get it."
    )
    Glibc.exit(code == .success ? ExitStatus.output.rawValue : code.rawValue)
  }
}

extension ExitStatus {
  /// The table of statuses, for `--help`.
  static var summary: String {
    "EXIT STATUS\n" + allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n")
  }
}
