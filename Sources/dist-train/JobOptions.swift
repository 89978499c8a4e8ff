import ArgumentParser
import Foundation
import Platform
import Training

/// What every command that runs a configuration takes.
struct ConfigurationOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The run's configuration, a JSON file.", valueName: "CONFIG"),
    completion: .file(extensions: ["json"]))
  var path: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Override a field, as in optimizer.momentum=0.8. May be given several times.", valueName: "path=value"))
  var overrides: [String] = []

  /// The same, of a configuration that can be read again and again, also from a pipe: for commands that do. Of the ranks of a
  /// launcher the first one alone reads a pipe, and tells the others.
  func kept() -> ConfigurationOptions {
    let environment = ProcessInfo.processInfo.environment
    let rank = environment["OMPI_COMM_WORLD_RANK"] ?? environment["PMIX_RANK"] ?? "0"
    var options = self
    options.path = rank == "0" ? keepInput(path) : canBeReadAgain(path) ? path : "/dev/null"
    return options
  }
}

/// Where the ranks come from.
struct RankOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Run all ranks as threads of this process, without MPI: for debuggers and sanitizers.", valueName: "N"))
  var ranksAsThreads: Int?

  func validate() throws {
    if let ranksAsThreads, !(1...1024).contains(ranksAsThreads) {
      throw ValidationError("--ranks-as-threads: expected 1 to 1024, got \(ranksAsThreads).")
    }
  }
}

extension JobRequest.Resume: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "auto": self = .auto
    case "never": self = .never
    default: self = .from(argument)
    }
  }
}

extension ProgressStyle: ExpressibleByArgument {}
