import ArgumentParser

/// `dist-train data make-sample|verify ...`.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Make and check data sets.",
    subcommands: [DataMakeSample.self, DataVerify.self])
}
