import Network

/// The prediction of a rank's memory, for scripts.
struct MemoryJSON: BenchmarkReport {
  struct Pass: Encodable, Sendable {
    let mode: String
    let batch: Int
    let arenaBytes: Int
    let peakBytes: Int
    let peakAt: String

    private enum CodingKeys: String, CodingKey {
      case mode, batch
      case arenaBytes = "arena_bytes"
      case peakBytes = "peak_bytes"
      case peakAt = "peak_at"
    }
  }

  let predictedPeakBytes: Int
  let parts: [MemoryEstimate.Part]
  let passes: [Pass]

  private enum CodingKeys: String, CodingKey {
    case predictedPeakBytes = "predicted_peak_bytes"
    case parts, passes
  }

  init(estimate: MemoryEstimate, passes: [ExecutionPlan]) {
    predictedPeakBytes = estimate.peakBytes
    parts = estimate.parts
    self.passes = passes.map { pass in
      Pass(
        mode: pass.mode == .training ? "training" : "evaluation", batch: pass.batch, arenaBytes: pass.bytes,
        peakBytes: pass.peak.bytes, peakAt: pass.whatHappens(at: pass.peak.step))
    }
  }
}
