import ArgumentParser
import Training

/// `dist-train CONFIG`: the main job.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network (the default command).",
    discussion: """
      Started by mpirun, each process is a rank; started alone, it is the only one. SIGUSR1 to mpirun, or SIGTERM to a \
      rank, asks for a checkpoint and an orderly end with status 75.
      """)

  @OptionGroup var config: ConfigurationOptions
  @OptionGroup var ranks: RankOptions

  @Option(
    help: ArgumentHelp(
      "auto: go on from the newest usable checkpoint of this run, if there is one. never: refuse to touch a run that "
        + "has checkpoints. DIR: go on from this checkpoint.", valueName: "auto|never|DIR"))
  var resume = JobRequest.Resume.never

  @Option(help: "How progress is shown: auto, line, plain or none. Overrides log.progress.")
  var progress: ProgressStyle?

  func run() throws {
    let request = JobRequest(
      configurationPath: config.path, overrides: config.overrides, resume: resume, progress: progress)
    if ranks.ranksAsThreads == nil { SleepingThreads.ensure(config) }
    StopRequest.listen()
    try Launcher.run(ranks) { fabric in try TrainingRun(request, fabric: fabric).run() }
  }
}
