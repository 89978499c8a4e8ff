import ArgumentParser
import Fabrics
import Foundation
import Training

/// `dist-train bench CONFIG`.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time training steps on synthetic images.",
    discussion: """
      Needs no data and writes nothing but the trace. The last line of standard output is one JSON object with \
      images_per_second, step_seconds (p50, p90), peak_bytes, ranks, threads and precision.
      """)

  @OptionGroup var config: ConfigurationOptions
  @OptionGroup var ranks: RankOptions

  @Option(help: ArgumentHelp("Steps to time.", valueName: "N"))
  var steps = 20

  @Option(help: ArgumentHelp("Steps before them.", valueName: "N"))
  var warmup = 3

  @Flag(
    help: """
      Instead of --steps, read numbers of steps from standard input, a line each, and answer each with a line \
      {"seconds": [...]} on standard output once these steps are done; the end of the input ends the run.
      """)
  var groups = false

  @OptionGroup var recording: RecordingOptions

  func validate() throws {
    if steps < 1 { throw ValidationError("--steps: expected at least 1, got \(steps).") }
    if warmup < 0 { throw ValidationError("--warmup: expected at least 0, got \(warmup).") }
  }

  func run() throws {
    let config = config.kept()
    let request = JobRequest(configurationPath: config.path, overrides: config.overrides)
    let (steps, warmup, groups, recording) = (steps, warmup, groups, recording)
    if ranks.ranksAsThreads == nil { SleepingThreads.ensure(config) }
    try Launcher.run(ranks) { fabric in
      let bench = try TrainingBench(request, fabric: fabric)
      var report =
        groups
        ? try bench.run(warmup: warmup, groups: nextGroup, finished: answer)
        : try bench.run(steps: steps, warmup: warmup)
      let tables = try recording.record(bench, into: &report)
      if fabric.rank == 0 {
        if let tables { print(tables, terminator: "\n\n") }
        print(try report.json())
      }
      return .done
    }
  }
}

/// What can be written down about single steps.
struct RecordingOptions: ParsableArguments {
  @Flag(help: "Show which operations a step's time goes to, and add them to the JSON object.")
  var profile = false

  @Option(
    help: ArgumentHelp(
      "Write what every rank does when as Chrome trace JSON, which https://ui.perfetto.dev opens. A process is a rank; "
        + "time 0 is when each left a common barrier.", valueName: "FILE"))
  var trace: String?

  @Option(help: ArgumentHelp("Steps to profile and trace, after the timed ones.", valueName: "N"))
  var recordedSteps = 3

  func validate() throws {
    if recordedSteps < 1 { throw ValidationError("--recorded-steps: expected at least 1, got \(recordedSteps).") }
  }

  /// Every rank calls it. Runs the steps, writes the trace, and adds the profile to the report.
  ///
  /// - Returns: the profile for people, where it is wanted.
  func record(_ bench: TrainingBench, into report: inout TrainingBenchReport) throws -> String? {
    guard profile || trace != nil else { return nil }
    let recording = try bench.record(steps: recordedSteps)
    if let trace { try bench.writeTrace(recording, to: trace) }
    guard profile else { return nil }
    let profile = StepProfile(recording)
    report.add(profile)
    return profile.text()
  }
}

/// The number of steps on the next line of standard input, at least 1; nil at its end.
private func nextGroup() throws -> Int? {
  guard let line = readLine() else { return nil }
  guard let steps = Int(line), steps > 0 else {
    throw RunError(.usage, "standard input: expected a number of steps, got '\(line)'")
  }
  return steps
}

/// Who sent the line waits for the answer, so it must not stay in a buffer.
private func answer(_ seconds: [Double]) {
  print("{\"seconds\": \(seconds)}")
  // Of standard output; what cannot be written is reported at the end.
  fflush(nil)
}
