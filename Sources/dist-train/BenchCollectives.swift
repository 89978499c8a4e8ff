import ArgumentParser
import Collectives
import Training

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
      let communicator = try Communicator(fabric: fabric, timeout: .seconds(300))
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
