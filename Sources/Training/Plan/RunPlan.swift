import Collectives
import Data
import Kernels
import Network
import Optimizers
import Tensors

/// How many images there are to train and to evaluate on.
public struct ImageCounts: Hashable, Sendable {
  public let training: Int
  public let validation: Int

  public init(training: Int, validation: Int) {
    (self.training, self.validation) = (training, validation)
  }
}

/// Everything that a run will do, as a value, before any memory is allocated: equal on every rank.
public struct RunPlan: Sendable {
  public let configuration: RunConfiguration
  public let worldSize: Int
  public let graph: Graph
  /// The same network on smaller images, as `data.progressive` asks for them: a replica's variants 1 and so on.
  public let variants: [Graph]
  public let parameters: ParameterTable
  public let shards: ShardPlan
  public let validation: EvaluationPlan
  public let buckets: BucketPlan
  public let schedule: LearningRateSchedule
  public let totalSteps: Int
  /// What the optimizer updates, with and without weight decay.
  public let updateRanges: [UpdateRange]

  /// Throws `ConfigurationError`, `GraphError` or `OptimizerError` when the configuration does not fit the data, the
  /// network or itself.
  public init(_ configuration: RunConfiguration, images: ImageCounts, worldSize: Int) throws {
    let variants = try configuration.data.progressive.imageSize.map { try configuration.graph(imageSize: $0) }
    try self.init(
      configuration, graph: configuration.graph(), variants: variants, images: images, worldSize: worldSize)
  }

  /// The plan of another network than the configuration names.
  package init(
    _ configuration: RunConfiguration, graph: Graph, variants: [Graph] = [], images: ImageCounts, worldSize: Int
  ) throws {
    let globalBatch = configuration.batch.global
    guard globalBatch <= images.training else {
      throw ConfigurationError(
        path: "batch.global",
        "expected at most the \(images.training) images of \(configuration.data.train), got \(globalBatch). "
          + "Make the batch smaller: a step takes each image at most once.")
    }
    self.configuration = configuration
    self.worldSize = worldSize
    shards = ShardPlan(samples: images.training, globalBatch: globalBatch, worldSize: worldSize)
    validation = EvaluationPlan(
      samples: images.validation,
      localBatch: max(1, configuration.evaluation.batch / configuration.evaluation.views.count), worldSize: worldSize)
    totalSteps = try configuration.totalSteps(stepsPerEpoch: shards.stepsPerEpoch)
    self.graph = graph
    self.variants = variants
    parameters = ParameterTable(graph)
    buckets = BucketPlan(
      parameters.parameters, bucketBytes: max(1, Int(configuration.collectives.bucketMegabytes * 1e6)))
    schedule = try configuration.learningRates(stepsPerEpoch: shards.stepsPerEpoch, totalSteps: totalSteps)
    let decayNames = Set(
      zip(parameters.parameters.parts, parameters.specifications).filter(\.1.decays).map(\.0.name))
    updateRanges = UpdateRange.covering(parameters.parameters) {
      configuration.optimizer.decayNormsAndBiases || decayNames.contains($0.name)
    }
  }

  /// What must be equal on every rank: what was asked for, what it is made from, and what follows for the messages that
  /// ranks send each other, since another version of the program may come to another plan.
  public var digest: Digest {
    let numbers = [worldSize, shards.samples, validation.samples, shards.stepsPerEpoch, totalSteps]
    let tensors = parameters.parameters.parts.map { "\($0.name) \($0.shape) \($0.offset)" }
    let messages = buckets.buckets.map { "\($0.elements)" }
    let rates = (0..<min(totalSteps, 1 << 20)).map { schedule.rate(atStep: $0) }
    let rateDigest = rates.withUnsafeBytes { Digest(of: $0) }
    return Digest(of: "\(configuration.digest) \(graph.name) \(numbers) \(tensors) \(messages) \(rateDigest)")
  }

  /// The batches that a rank meets. An empty training batch is always among them: a rank whose data fails finishes its
  /// step with it.
  public func batches(rank: Int) -> Replica.Batches {
    Replica.Batches(training: Set(shards.localCounts(rank: rank) + [0]), evaluation: [evaluationRows])
  }

  /// Rows of every forward pass of an evaluation: all views of a local batch, image by image.
  package var evaluationRows: Int { validation.localBatch * configuration.evaluation.views.count }

  /// How a rank with this many threads runs the network.
  package func planOptions(threads: Int) -> PlanOptions {
    PlanOptions(
      activations: configuration.precision.type == .bf16 ? .bf16 : .f32, hasNativeBF16: Engine.hasNativeBF16,
      recomputation: configuration.memory.recompute, threads: threads)
  }

  /// The epoch of a step, and the step's number in it; both from 0.
  public func position(ofStep step: Int) -> (epoch: Int, step: Int) {
    (step / shards.stepsPerEpoch, step % shards.stepsPerEpoch)
  }

  /// How the images of a step are seen: the variant of the network, the side of the images in pixels, and the step before which
  /// that changes, or the run ends.
  public func stage(ofStep step: Int) -> (variant: Int, imageSize: Int, endStep: Int) {
    let (data, epoch) = (configuration.data, position(ofStep: step).epoch)
    guard let index = data.progressive.untilEpoch.firstIndex(where: { epoch < $0 }) else {
      return (0, data.imageSize, totalSteps)
    }
    let end = min(data.progressive.untilEpoch[index], epochs) * shards.stepsPerEpoch
    return (index + 1, data.progressive.imageSize[index], min(end, totalSteps))
  }

  /// Images trained on in the first `steps` steps.
  package func samples(inFirst steps: Int) -> Int {
    let (epoch, step) = position(ofStep: steps)
    return epoch * shards.samples + step * shards.globalBatch
  }

  /// Epochs of the whole run, a last unfinished one included.
  public var epochs: Int { epochs(after: totalSteps) }

  /// Epochs begun in the first `steps` steps.
  package func epochs(after steps: Int) -> Int { (steps + shards.stepsPerEpoch - 1) / shards.stepsPerEpoch }

  public func endsEpoch(step: Int) -> Bool { (step + 1) % shards.stepsPerEpoch == 0 }

  public func endsRun(step: Int) -> Bool { step + 1 == totalSteps }

  /// Whether the network is evaluated after this step.
  public func evaluates(afterStep step: Int) -> Bool {
    if endsRun(step: step) { return true }
    let every = configuration.evaluation.everyEpochs
    return every > 0 && endsEpoch(step: step) && (position(ofStep: step).epoch + 1) % every == 0
  }

  /// Whether an evaluation ends the run before its last step.
  package func reachesTarget(_ evaluation: EvaluationReport) -> Bool {
    let target = configuration.evaluation.targetTop1
    return target > 0 && Double(evaluation.decidingTop1Correct) >= target * Double(evaluation.total)
  }

  /// Whether nothing is left to train.
  package func isFinished(at position: RunPosition) -> Bool {
    guard position.step < totalSteps else { return true }
    guard let evaluation = position.evaluation, evaluation.step == position.step else { return false }
    return reachesTarget(evaluation)
  }

  /// Whether a checkpoint is written after this step.
  public func checkpoints(afterStep step: Int) -> Bool {
    if endsRun(step: step) { return true }
    let everySteps = configuration.checkpoint.everySteps
    if everySteps > 0 && (step + 1) % everySteps == 0 { return true }
    let everyEpochs = configuration.checkpoint.everyEpochs
    return everyEpochs > 0 && endsEpoch(step: step) && (position(ofStep: step).epoch + 1) % everyEpochs == 0
  }
}
