import Data

/// What `dist-train bench-data` measured: epochs of training images without a network.
public struct DataBenchReport: BenchmarkReport, Equatable {
  public let imagesPerSecond: Double
  public let workers: Int
  public let images: Int
  /// Share of the time in which the consumer, which does nothing, waited.
  public let waitedFraction: Double
  public let seconds: Double

  private enum CodingKeys: String, CodingKey {
    case imagesPerSecond = "images_per_second"
    case waitedFraction = "waited_fraction"
    case workers, images, seconds
  }
}

extension DataBenchReport {
  /// Reads, decodes and augments every training image once an epoch, as one rank would. Needs no MPI.
  public init(_ configuration: RunConfiguration, workers: Int, epochs: Int) throws {
    let images = try DataSource(configuration, writes: false).training()
    let batch = min(configuration.batch.global, images.count)
    let plan = ShardPlan(samples: images.count, globalBatch: batch, worldSize: 1)
    var loader = configuration.trainingLoader(
      images, plan, rank: 0, steps: 0..<epochs * plan.stepsPerEpoch, workers: workers)
    let report = try measure(&loader)
    self.init(
      imagesPerSecond: report.imagesPerSecond, workers: workers, images: report.images,
      waitedFraction: report.waitedFraction, seconds: report.seconds)
  }
}
