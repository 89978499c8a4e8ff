import ArgumentParser

/// `dist-train data make-sample|pack|index|verify|show`.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Make data sets, check them, and look at them.",
    subcommands: [DataMakeSample.self, DataPack.self, DataIndex.self, DataVerify.self, DataShow.self])
}
