import ArgumentParser
import Data
import Platform
import Training

/// `dist-train plan CONFIG --ranks N`: what a run will do.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what a run will do, and stop.",
    discussion: """
      Shapes, sections and tiles, memory, buckets, wire traffic, shards and learning rates, without MPI. Where the data \
      folders are here, their images are counted; otherwise give the counts (the defaults are ImageNet's). Memory is \
      that of this machine's processor; where threads_per_rank is 0, all ranks share its cores.
      """)

  @OptionGroup var config: ConfigurationOptions

  @Option(help: ArgumentHelp("The number of ranks.", valueName: "N"))
  var ranks = 1

  @Option(help: ArgumentHelp("Training images, where data.train is not here.", valueName: "N"))
  var trainingImages = 1_281_167

  @Option(help: ArgumentHelp("Validation images, where data.validation is not here.", valueName: "N"))
  var validationImages = 50_000

  @Flag(help: "Print the prediction of a rank's memory alone, as one line of JSON.")
  var json = false

  @Flag(help: "Print the folder that the run's files will be in, alone.")
  var folder = false

  func validate() throws {
    if ranks < 1 { throw ValidationError("--ranks: expected at least 1, got \(ranks).") }
    if trainingImages < 1 { throw ValidationError("--training-images: expected at least 1, got \(trainingImages).") }
    if validationImages < 1 {
      throw ValidationError("--validation-images: expected at least 1, got \(validationImages).")
    }
  }

  func run() throws {
    try reportingErrors {
      let configuration = try RunConfiguration(file: config.path, overrides: config.overrides)
      if folder { return print(OutputFolder(of: configuration).path) }
      let here = try DataSource(configuration, writes: false).imagesHere()
      let images = ImageCounts(
        training: here.training ?? trainingImages, validation: here.validation ?? validationImages)
      let roles = try JobRoles(configuration, ranks: ranks)
      let plan = try RunPlan(configuration, images: images, worldSize: roles.trainers.count)
      let report = try PlanReport(plan, threads: configuration.threads(ranksOnHost: ranks))
      print(json ? try report.json() + "\n" : report.description, terminator: "")
    }
  }
}

/// Prints an error and ends with its documented status.
func reportingErrors(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch {
    tell("dist-train: \(error)")
    throw ExitCode(ExitStatus(for: error).rawValue)
  }
}
