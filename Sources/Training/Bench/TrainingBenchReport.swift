/// What `dist-train bench` measured: training steps on synthetic images.
public struct TrainingBenchReport: BenchmarkReport, Equatable {
  public struct Seconds: Encodable, Sendable, Equatable {
    public let p50: Double
    public let p90: Double
  }

  /// Medians, in seconds, on rank 0.
  public struct Communication: Encodable, Sendable, Equatable {
    /// What gradients took after the backward pass had ended.
    public let exposed: Double
    /// The backward pass, with what it did for gradients meanwhile.
    public let backward: Double
    /// What gradients take with nothing to compute beside it; nil at one rank.
    public let alone: Double?

    init(exposed: [Double], backward: [Double], alone: [Double]) {
      func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
      self.exposed = median(exposed)
      self.backward = median(backward)
      self.alone = alone.isEmpty ? nil : median(alone)
    }
  }

  /// Global batch over the median step.
  public let imagesPerSecond: Double
  /// Of a step, on rank 0.
  public let stepSeconds: Seconds
  /// The largest peak of resident memory among the ranks.
  public let peakBytes: Int
  /// What that of rank 0 was predicted to be.
  public let predictedPeakBytes: Int
  public let ranks: Int
  public let threads: Int
  public let precision: String
  public let model: String
  public let globalBatch: Int
  public let imageSize: Int
  public let steps: Int
  public let communicationSeconds: Communication
  public let onednn: String
  /// Of rank 0, where it was asked for: from steps of their own, after the timed ones.
  package var profile: [StepProfile.Line]?
  /// The share of convolutions and matrix products in those steps.
  package var convolutionShare: Double?

  private enum CodingKeys: String, CodingKey {
    case imagesPerSecond = "images_per_second"
    case stepSeconds = "step_seconds"
    case peakBytes = "peak_bytes"
    case predictedPeakBytes = "predicted_peak_bytes"
    case ranks, threads, precision, model, steps, onednn, profile
    case globalBatch = "global_batch"
    case imageSize = "image_size"
    case convolutionShare = "convolution_share"
    case communicationSeconds = "communication_seconds"
  }
}

extension TrainingBenchReport {
  package init(
    _ seconds: [Double], _ plan: RunPlan, threads: Int, peakBytes: Int, predictedPeakBytes: Int,
    communication: Communication, onednn: String
  ) {
    let configuration = plan.configuration
    let sorted = seconds.sorted()
    let median = sorted[sorted.count / 2]
    self.init(
      imagesPerSecond: Double(configuration.batch.global) / median,
      stepSeconds: Seconds(p50: median, p90: sorted[min(sorted.count - 1, sorted.count * 9 / 10)]),
      peakBytes: peakBytes, predictedPeakBytes: predictedPeakBytes, ranks: plan.worldSize, threads: threads,
      precision: configuration.precision.type.rawValue, model: configuration.model.name.rawValue,
      globalBatch: configuration.batch.global, imageSize: configuration.data.imageSize, steps: seconds.count,
      communicationSeconds: communication,
      onednn: onednn)
  }

  package mutating func add(_ profile: StepProfile) {
    self.profile = profile.lines
    convolutionShare = profile.convolutionShare
  }
}
