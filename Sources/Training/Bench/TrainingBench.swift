import Collectives
import Fabrics
import Glibc
import Kernels
import Tensors

/// What `dist-train bench` measured: training steps on synthetic images.
public struct TrainingBenchReport: BenchmarkReport, Equatable {
  public struct Seconds: Encodable, Sendable, Equatable {
    public let p50: Double
    public let p90: Double
  }

  /// Global batch over the median step.
  public let imagesPerSecond: Double
  /// Of a step, on rank 0.
  public let stepSeconds: Seconds
  /// The largest peak of resident memory among the ranks.
  public let peakBytes: Int
  public let ranks: Int
  public let threads: Int
  public let precision: String
  public let model: String
  public let globalBatch: Int
  public let imageSize: Int
  public let steps: Int
  public let onednn: String

  private enum CodingKeys: String, CodingKey {
    case imagesPerSecond = "images_per_second"
    case stepSeconds = "step_seconds"
    case peakBytes = "peak_bytes"
    case ranks, threads, precision, model, steps, onednn
    case globalBatch = "global_batch"
    case imageSize = "image_size"
  }
}

/// Times training steps without a data set.
public final class TrainingBench {
  private let plan: RunPlan
  private let communicator: Communicator
  private let training: TrainingStep
  private let threads: Int
  private let images: AlignedBuffer
  private let labels: AlignedBuffer

  /// Every rank calls it with the same request; throws `JobFailure` on every rank.
  public init(_ request: JobRequest, fabric: any Fabric) throws {
    let configuration = try Preparation.agreedConfiguration(request, fabric: fabric)
    communicator = Communicator(fabric: fabric, timeout: .seconds(configuration.collectives.timeoutSeconds))
    let threads = configuration.threads(ranksOnHost: fabric.ranksOnThisHost.count)
    self.threads = threads
    let consensus = Consensus(communicator: communicator)
    // Two full batches an epoch: no step is partial.
    let images = ImageCounts(training: 2 * configuration.batch.global, validation: 1)
    let plan = try consensus.attempt { try RunPlan(configuration, images: images, worldSize: fabric.worldSize) }
    let communicator = self.communicator
    training = try consensus.attempt { try TrainingStep(plan, communicator: communicator, threads: threads) }
    self.plan = plan
    let count = plan.shards.localRange(step: 0, rank: fabric.rank).count
    let size = configuration.data.imageSize
    self.images = AlignedBuffer(bytes: count * size * size * 3 * 4)
    labels = AlignedBuffer(bytes: count * 4)
    var random = KeyedRandom(seed: configuration.seed, purpose: .drawing, index: fabric.rank)
    let pixels = self.images.elements(Float.self)
    for index in pixels.indices { pixels[index] = Float(random.normal()) }
    let classes = labels.elements(Int32.self)
    for index in classes.indices { classes[index] = Int32(random.next() % UInt64(configuration.model.classes)) }
  }

  /// Every rank calls it. The first `warmup` steps are not counted.
  public func run(steps: Int, warmup: Int) throws -> TrainingBenchReport {
    let images = self.images.elements(Float.self)
    let labels = self.labels.elements(Int32.self)
    let batch = LocalBatch(
      images: UnsafePointer(images.baseAddress!), labels: UnsafePointer(labels.baseAddress!), count: labels.count)
    var seconds: [Double] = []
    for step in 0..<warmup + steps {
      let start = ContinuousClock.now
      // A rate this small keeps random labels from driving the weights apart, and costs as much as any other.
      _ = try training.run(batch, rate: 1e-6)
      if step >= warmup { seconds.append((ContinuousClock.now - start).seconds) }
    }
    let peaks = try communicator.allGather([Int64(peakResidentBytes())], operation: "gathering of memory peaks")
    let configuration = plan.configuration
    let sorted = seconds.sorted()
    let median = sorted[sorted.count / 2]
    return TrainingBenchReport(
      imagesPerSecond: Double(configuration.batch.global) / median,
      stepSeconds: .init(p50: median, p90: sorted[min(sorted.count - 1, sorted.count * 9 / 10)]),
      peakBytes: Int(peaks.max() ?? 0), ranks: plan.worldSize, threads: threads,
      precision: configuration.precision.rawValue, model: configuration.model.name.rawValue,
      globalBatch: configuration.batch.global, imageSize: configuration.data.imageSize, steps: steps,
      onednn: Engine.libraryVersion)
  }
}

/// The most memory that this process has had at once.
func peakResidentBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}
