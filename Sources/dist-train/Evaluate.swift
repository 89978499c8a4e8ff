import ArgumentParser
import JSON
import Training

/// `dist-train evaluate CONFIG --checkpoint DIR`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate a checkpoint on the validation images.",
    discussion: "The last line of standard output is the evaluation as one JSON object, as in result.json.")

  @OptionGroup var config: ConfigurationOptions
  @OptionGroup var ranks: RankOptions

  @Option(
    help: ArgumentHelp("The checkpoint's folder, as in runs/quickstart/checkpoints/step-00000315.", valueName: "DIR"))
  var checkpoint: String

  func run() throws {
    let request = JobRequest(configurationPath: config.path, overrides: config.overrides)
    let path = checkpoint
    if ranks.ranksAsThreads == nil { SleepingThreads.ensure(config) }
    try Launcher.run(ranks) { fabric in
      let report = try EvaluationRun.run(request, checkpoint: path, fabric: fabric)
      if fabric.rank == 0 { print(try report.json().line) }
      return .done
    }
  }
}
