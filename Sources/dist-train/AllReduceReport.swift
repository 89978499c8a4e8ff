import Collectives
import Foundation
import Training

/// The figures of `bench-collectives`, for people and for scripts.
struct AllReduceReport: BenchmarkReport {
  struct Line: Encodable, Sendable {
    let bytes: Int
    let algorithm: String
    /// On the wire, where there is one.
    let type: String
    let inPlace: Bool
    let callsPerSample: Int
    let secondsP50: Double
    let secondsP90: Double
    let algbw: Double
    let busbw: Double

    private enum CodingKeys: String, CodingKey {
      case bytes, algorithm, type, algbw, busbw
      case inPlace = "in_place"
      case callsPerSample = "calls_per_sample"
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
        bytes: $0.bytes, algorithm: $0.contender.algorithm.rawValue, type: $0.contender.typeOnWire($0.wire).rawValue,
        inPlace: $0.contender.inPlace,
        callsPerSample: $0.callsPerSample, secondsP50: $0.secondsP50, secondsP90: $0.secondsP90,
        algbw: $0.algorithmGigabytesPerSecond, busbw: $0.busGigabytesPerSecond)
    }
  }

  var table: String {
    let nameWidth = results.map(\.algorithm.count).max() ?? 0
    let name = { (text: String) in text.padding(toLength: max(9, nameWidth), withPad: " ", startingAt: 0) }
    let header = "     bytes  \(name("algorithm"))  sums       calls       p50 s       p90 s   algbw GB/s   busbw GB/s"
    let lines = results.map { line in
      String(format: "%10ld  ", line.bytes) + name(line.algorithm) + (line.inPlace ? "  in place " : "  to target")
        + String(
          format: " %6ld  %10.7f  %10.7f   %10.3f   %10.3f", line.callsPerSample, line.secondsP50, line.secondsP90,
          line.algbw, line.busbw)
    }
    return "\(ranks) rank\(ranks == 1 ? "" : "s"), f32\n\(header)\n" + lines.joined(separator: "\n")
  }
}
