import Collectives
import Foundation
import Training

/// The figures of `bench-collectives`, for people and for scripts.
struct AllReduceReport: BenchmarkReport {
  struct Line: Encodable, Sendable {
    let bytes: Int
    let algorithm: String
    let type = "f32"
    let secondsP50: Double
    let secondsP90: Double
    let algbw: Double
    let busbw: Double

    private enum CodingKeys: String, CodingKey {
      case bytes, algorithm, type, algbw, busbw
      case secondsP50 = "seconds_p50"
      case secondsP90 = "seconds_p90"
    }
  }

  let ranks: Int
  let results: [Line]

  init(ranks: Int, _ timings: [AllReduceTiming]) {
    self.ranks = ranks
    results = timings.map {
      Line(
        bytes: $0.bytes, algorithm: $0.algorithm.rawValue, secondsP50: $0.secondsP50, secondsP90: $0.secondsP90,
        algbw: $0.algorithmGigabytesPerSecond, busbw: $0.busGigabytesPerSecond)
    }
  }

  var table: String {
    let header = "     bytes  algorithm       p50 s       p90 s   algbw GB/s   busbw GB/s"
    let lines = results.map { line in
      String(format: "%10ld  ", line.bytes) + line.algorithm.padding(toLength: 9, withPad: " ", startingAt: 0)
        + String(format: "  %10.6f  %10.6f   %10.3f   %10.3f", line.secondsP50, line.secondsP90, line.algbw, line.busbw)
    }
    return "\(ranks) rank\(ranks == 1 ? "" : "s"), f32\n\(header)\n" + lines.joined(separator: "\n")
  }
}
