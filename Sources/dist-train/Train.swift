import ArgumentParser
import Training

/// `dist-train CONFIG`: the main job.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network (the default command).",
    discussion: """
      Started by mpirun, each process is a rank; started alone, it is the only one. SIGUSR1 to mpirun, or SIGTERM or \
      SIGINT to a rank, asks for a checkpoint and an orderly end with status 75, as does the end of the time that \
      limits.wall_seconds or Slurm sets. A second SIGINT ends the rank at once.

      \(FaultInjection.help)
      """)

  @OptionGroup var config: ConfigurationOptions
  @OptionGroup var ranks: RankOptions

  @Option(
    help: ArgumentHelp(
      "auto: go on from the newest usable checkpoint of this run, if there is one. never: begin anew; files of an earlier "
        + "run are kept beside, under names with a number. DIR: go on from this checkpoint, or from the newest of this run's "
        + "folder. Not given: begin, and refuse to touch a run that has checkpoints.", valueName: "auto|never|DIR"))
  var resume: JobRequest.Resume?

  @Option(
    name: .customLong("allow-change"), parsing: .singleValue,
    help: ArgumentHelp(
      "A field, or an object of the configuration, that may differ from the run that is resumed, as in schedule or "
        + "batch.global. May be given several times.", valueName: "path"))
  var allowedChanges: [String] = []

  @Option(help: "How progress is shown: auto, line, plain or none. Overrides log.progress.")
  var progress: ProgressStyle?

  @Option(
    name: .customLong("inject"), parsing: .singleValue,
    help: ArgumentHelp(
      "Make a fault happen, to see what comes of it. May be given several times.",
      valueName: "kind,rank,step,phase[,argument]"),
    transform: { try FaultInjection($0) })
  var injections: [FaultInjection] = []

  func run() throws {
    StopRequest.hold()
    let config = config.kept()
    let request = JobRequest(
      configurationPath: config.path, overrides: config.overrides, resume: resume ?? .unlessBegun,
      allowedChanges: allowedChanges,
      progress: progress, injections: injections)
    if ranks.ranksAsThreads == nil { SleepingThreads.ensure(config) }
    StopRequest.listen()
    try Launcher.run(ranks) { fabric in try TrainingJob.run(request, fabric: fabric) }
  }
}
