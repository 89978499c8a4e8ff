import ArgumentParser
import Collectives
import Platform
import Training

/// `dist-train bench-collectives`.
struct BenchCollectives: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time all-reduces of f32 values.",
    discussion: """
      Bandwidths follow nccl-tests: algbw is bytes over seconds, busbw is algbw times 2 (N - 1) / N, both in 10^9 bytes \
      per second; seconds are a call's, of the slowest rank. Sums are made in place, and from a source into a target. \
      Every element of the answers is checked before and after. The algorithms take turns, and so do buffers that \
      together are larger than the last-level cache. Short messages are timed by several calls in a row. memcpy is the \
      memory bound: all ranks at once copy the message in their own memory. With --json the last line of standard \
      output is one JSON object.
      """)

  @OptionGroup var ranks: RankOptions

  @Option(
    help: ArgumentHelp(
      "Message sizes, separated by commas: multiples of 4 below 8 GiB, or FIRST..LAST for a ladder in powers of 4.",
      valueName: "BYTES,..."))
  var bytes = SizeList.usual

  @Option(help: "What is timed; may be given several times. All of them by default.")
  var algorithm: [BenchmarkedAlgorithm] = []

  @Option(help: "The type in which our own algorithms send values to ranks of other hosts.")
  var wire = WireType.f32

  @Flag(help: "Leave out sums from a source into a target; memcpy stays.")
  var inPlaceOnly = false

  @Option(help: ArgumentHelp("Samples of each.", valueName: "N"))
  var repetitions = 20

  @Option(
    help: ArgumentHelp(
      """
      Each rank's buffers of a size are together larger than this, and at least two. By default the size of the \
      last-level cache, up to 512 MiB; 0 times what lies in caches.
      """, valueName: "BYTES"))
  var rotationBytes: Int?

  @Flag(help: "End with one line of JSON.")
  var json = false

  func validate() throws {
    if repetitions < 1 { throw ValidationError("--repetitions: expected at least 1, got \(repetitions).") }
    if let rotationBytes, !(0...1 << 40).contains(rotationBytes) {
      throw ValidationError("--rotation-bytes: expected 0 to 1 TiB, got \(rotationBytes).")
    }
  }

  func run() throws {
    let (plan, json) = (plan, json)
    try Launcher.run(ranks) { fabric in
      let communicator = try Communicator.ofJob(fabric: fabric, timeout: .seconds(300))
      let timings = try benchmarkAllReduce(communicator, plan) { elements in
        if fabric.rank == 0 { Self.tell("timing sums of \(elements * 4) bytes on \(fabric.worldSize) ranks") }
      }
      if fabric.rank == 0 {
        let report = AllReduceReport(ranks: fabric.worldSize, timings)
        print(json ? "\(report.table)\n\(try report.json())" : report.table)
      }
      return .done
    }
  }

  private var plan: AllReduceBenchmarkPlan {
    AllReduceBenchmarkPlan(
      elementCounts: bytes.elementCounts, algorithms: algorithm.isEmpty ? BenchmarkedAlgorithm.allCases : algorithm,
      wire: wire, inPlaceOnly: inPlaceOnly, repetitions: repetitions,
      rotationBytes: rotationBytes ?? usualRotationBytes())
  }

  private static func tell(_ message: String) {
    Platform.tell("bench-collectives: \(message)")
  }
}

extension BenchmarkedAlgorithm: ExpressibleByArgument {}
extension WireType: ExpressibleByArgument {}
