import ArgumentParser
import Collectives
import Data
import Fabrics
import Training

/// `dist-train bench CONFIG`.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time training steps on synthetic images.",
    discussion: """
      Needs no data and writes nothing. The last line of standard output is one JSON object with images_per_second, \
      step_seconds (p50, p90), peak_bytes, ranks, threads and precision.
      """)

  @OptionGroup var config: ConfigurationOptions
  @OptionGroup var ranks: RankOptions

  @Option(help: ArgumentHelp("Steps to time.", valueName: "N"))
  var steps = 20

  @Option(help: ArgumentHelp("Steps before them.", valueName: "N"))
  var warmup = 3

  func validate() throws {
    if steps < 1 { throw ValidationError("--steps: expected at least 1, got \(steps).") }
    if warmup < 0 { throw ValidationError("--warmup: expected at least 0, got \(warmup).") }
  }

  func run() throws {
    let request = JobRequest(configurationPath: config.path, overrides: config.overrides)
    let (steps, warmup) = (steps, warmup)
    try Launcher.run(ranks) { fabric in
      let report = try TrainingBench(request, fabric: fabric).run(steps: steps, warmup: warmup)
      if fabric.rank == 0 { print(try report.json()) }
      return .done
    }
  }
}

/// `dist-train bench-data CONFIG`.
struct BenchData: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time one epoch of the training images without a network.",
    discussion: """
      The last line of standard output is one JSON object with images_per_second, workers, images and waited_fraction.
      """)

  @OptionGroup var config: ConfigurationOptions

  @Option(
    help: ArgumentHelp("Loader threads, instead of data.workers; 0 decodes on the calling thread.", valueName: "N"))
  var workers: Int?

  func validate() throws {
    if let workers, !(0...256).contains(workers) {
      throw ValidationError("--workers: expected 0 to 256, got \(workers).")
    }
  }

  func run() throws {
    try reportingErrors {
      let configuration = try RunConfiguration(file: config.path, overrides: config.overrides)
      print(try DataBenchReport(configuration, workers: workers ?? configuration.data.workers).json())
    }
  }
}

/// `dist-train bench-collectives`.
struct BenchCollectives: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time all-reduces of f32 values.",
    discussion: """
      Bandwidths follow nccl-tests: algbw is bytes over seconds, busbw is algbw times 2 (N - 1) / N, both in 10^9 bytes \
      per second. Answers are checked. With --json the last line of standard output is one JSON object.
      """)

  @OptionGroup var ranks: RankOptions

  @Option(help: ArgumentHelp("Message sizes, separated by commas.", valueName: "BYTES,..."))
  var bytes = "4096,102230000"

  @Option(help: "ring, mpi or memcpy; may be given several times. All of them by default.")
  var algorithm: [AllReduceTiming.Algorithm] = []

  @Option(help: ArgumentHelp("Times that each is run.", valueName: "N"))
  var repetitions = 20

  @Flag(help: "End with one line of JSON.")
  var json = false

  private var elementCounts: [Int] {
    get throws {
      try bytes.split(separator: ",").map { text in
        guard let bytes = Int(text), bytes > 0, bytes % 4 == 0, bytes <= 1 << 34 else {
          throw ValidationError("--bytes: expected positive multiples of 4 up to 16 GiB, got \(text).")
        }
        return bytes / 4
      }
    }
  }

  func validate() throws {
    _ = try elementCounts
    if repetitions < 1 { throw ValidationError("--repetitions: expected at least 1, got \(repetitions).") }
  }

  func run() throws {
    let (counts, repetitions, json) = (try elementCounts, repetitions, json)
    let algorithms = algorithm.isEmpty ? AllReduceTiming.Algorithm.allCases : algorithm
    try Launcher.run(ranks) { fabric in
      let communicator = Communicator(fabric: fabric, timeout: .seconds(300))
      let timings = try benchmarkAllReduce(
        communicator, elementCounts: counts, algorithms: algorithms, repetitions: repetitions)
      if fabric.rank == 0 {
        let report = AllReduceReport(ranks: fabric.worldSize, timings)
        print(json ? try report.json() : report.table)
      }
      return .done
    }
  }
}

extension AllReduceTiming.Algorithm: ExpressibleByArgument {}
