import ArgumentParser
import JSON
import Training

/// `dist-train evaluate CONFIG --checkpoint DIR`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate a checkpoint on the validation images.",
    discussion: """
      The last line of standard output is the evaluation as one JSON object, as in metrics.jsonl. The training images are \
      not needed.
      """)

  @OptionGroup var config: ConfigurationOptions
  @OptionGroup var ranks: RankOptions

  @Option(
    help: ArgumentHelp(
      "The checkpoint's folder, as in runs/quickstart/checkpoints/step-00000315, or checkpoints/latest or checkpoints/best, "
        + "or the run's folder for its newest.", valueName: "DIR"))
  var checkpoint: String

  @Option(help: "Which weights: raw, averaged or both. By default raw, and averaged too where the checkpoint has them.")
  var weights: EvaluatedWeights?

  @Option(help: ArgumentHelp("Write each class's counts and all confusions to this file, as JSON.", valueName: "FILE"))
  var report: String?

  @Option(help: "How progress is shown: auto, line, plain or none. Overrides log.progress.")
  var progress: ProgressStyle?

  func run() throws {
    let config = config.kept()
    let request = JobRequest(configurationPath: config.path, overrides: config.overrides, progress: progress)
    let evaluation = EvaluationRequest(checkpoint: checkpoint, weights: weights, report: report)
    if ranks.ranksAsThreads == nil { SleepingThreads.ensure(config) }
    try Launcher.run(ranks) { fabric in
      let report = try EvaluationRun.run(request, evaluation, fabric: fabric)
      if fabric.rank == 0 { print(try report.json().line) }
      return .done
    }
  }
}

extension EvaluatedWeights: ExpressibleByArgument {}
