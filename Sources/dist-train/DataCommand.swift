import ArgumentParser

/// `dist-train data make-sample ...`.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Make data sets.", subcommands: [DataMakeSample.self])
}
