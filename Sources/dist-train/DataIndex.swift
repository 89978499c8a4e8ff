import ArgumentParser
import Data
import Foundation
import Platform
import Training

/// `dist-train data index CONFIG`: finds out about a run's data what a run would.
struct DataIndex: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Find out what a configuration's data holds, and keep it for the runs.",
    discussion: """
      Lists the files of a tree, or the members of tar archives, unless what is kept in data.index still holds; see \
      docs/data.md. Needs no MPI.
      """)

  @OptionGroup var config: ConfigurationOptions

  func run() throws {
    try reportingErrors {
      let configuration = try RunConfiguration(file: config.path, overrides: config.overrides)
      let source = DataSource(configuration)
      let training = try show("training", configuration.data.train) { try source.training() }
      _ = try show("validation", configuration.data.validation) { try source.validation(classes: training.classes) }
    }
  }

  private func show(_ role: String, _ path: String, open: () throws -> any DataSet) throws -> any DataSet {
    let clock = ContinuousClock.now
    let set = try open()
    let seconds = Double((ContinuousClock.now - clock) / .milliseconds(1)) / 1000
    let shards = set.shardSizes.map { ", \($0.count) archives" } ?? ""
    print(
      "\(role): \(path.isEmpty ? "synthetic" : visibleText(bytes(ofVisibleText: path))): \(set.count) images, \(set.classes.count) classes\(shards), "
        + "\(set.ignoredFiles) other files ignored, \(String(format: "%.2f", seconds)) s")
    for note in set.notes { print("  \(note)") }
    return set
  }
}
