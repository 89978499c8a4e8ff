import Checkpoints
import Foundation
import Network
import Tensors

// How a run's state becomes a checkpoint and comes back: the one place that knows both sides.

extension TrainingStep {
  /// Fills the replica, its average and `velocity`, the whole of it, from a checkpoint. Throws `CheckpointError` when it is
  /// of another network.
  package func restore(_ checkpoint: Checkpoint, _ velocity: borrowing Arena) throws {
    let average = average.flatMap { $0.hasBegun(after: checkpoint.step) ? $0 : nil }
    if average != nil { try checkpoint.requireAverage() }
    try replica.restore(checkpoint)
    if let average {
      try replica.restore(checkpoint, .averaged, into: (average.parameters.bytes, average.statistics.bytes))
    }
    try checkpoint.restoreOptimizer(into: TensorDestination.parts(of: velocity))
  }
}

extension Checkpoint {
  func requireAverage() throws {
    guard !manifest.hasAveragedWeights else { return }
    throw CheckpointError.broken(
      path: path,
      reason:
        "it has no averaged weights: nothing was averaged in the run that wrote it. Set averaging.start_epoch to a later "
        + "epoch, or averaging.decay to 0")
  }
}

extension Replica {
  /// Fills parameters and running statistics from a checkpoint's model, or from its averaged weights. Throws
  /// `CheckpointError` when it is of another network, with nothing changed.
  ///
  /// - Parameter memory: what is filled instead of the replica's own.
  func restore(
    _ checkpoint: Checkpoint, _ file: Checkpoint.File = .model,
    into memory: (parameters: UnsafeMutableRawBufferPointer, statistics: UnsafeMutableRawBufferPointer)? = nil
  ) throws {
    var batchesTracked: Int64 = 0
    try withUnsafeMutableBytes(of: &batchesTracked) {
      let tensors = ReplicaTensors(
        graph, table, parameters: memory?.parameters ?? UnsafeMutableRawBufferPointer(parameters),
        statistics: memory?.statistics ?? UnsafeMutableRawBufferPointer(statistics), batchesTracked: $0)
      try checkpoint.tensors(file).restore(into: tensors.destinations)
    }
  }
}

extension RunConfiguration.Checkpoint {
  var retention: Checkpoints.Retention { .init(newest: keep, everyEpochs: keepEveryEpochs > 0 ? keepEveryEpochs : nil) }
}

extension StateRecord {
  private static let positionKey = "position"
  private static let configurationKey = "configuration"
  private static let imagesKey = "images"
  private static let trainedOnKey = "trained_on"

  package init(_ plan: RunPlan, _ position: RunPosition, _ origin: RunOrigin) throws {
    let (epoch, stepInEpoch) = plan.position(ofStep: position.step)
    self.init(
      network: plan.graph.name, parameterCount: plan.parameters.parameterCount, step: position.step, epoch: epoch,
      stepInEpoch: stepInEpoch, samplesSeen: position.samplesSeen, seed: plan.configuration.seed,
      worldSize: plan.worldSize,
      schedule: position.step < plan.totalSteps
        ? Schedule(
          shape: plan.configuration.schedule.shape.rawValue, rate: plan.schedule.rate(atStep: position.step)) : nil,
      best: position.best.map {
        Best(score: Double($0.top1Correct) / Double(plan.validation.samples), step: $0.step)
      },
      details: [
        Self.positionKey: try position.json(),
        Self.configurationKey: origin.configuration, Self.imagesKey: "\(origin.images)",
        Self.trainedOnKey: try origin.trainedOn.json(),
      ])
  }

  /// The configuration of the run that the checkpoint is of, and the digest of its images, as text.
  package func origin(path: String) throws -> (configuration: RunConfiguration, images: String) {
    guard let text = details[Self.configurationKey], let images = details[Self.imagesKey] else {
      throw CheckpointError.broken(
        path: path, reason: "its state lacks '\(Self.configurationKey)' or '\(Self.imagesKey)'")
    }
    do {
      return (try RunConfiguration(text: text, source: path), images)
    } catch {
      throw CheckpointError.broken(
        path: path, reason: "the configuration in its state cannot be read by this version of dist-train: \(error)")
    }
  }

  /// The images that the network was trained on.
  package func trainedOn(path: String) throws -> TrainedOn {
    guard let text = details[Self.trainedOnKey],
      let trainedOn = try? TrainedOn(json: text)
    else {
      throw CheckpointError.broken(path: path, reason: "its state lacks '\(Self.trainedOnKey)', or it cannot be read")
    }
    return trainedOn
  }

  /// Where the run was. Throws when the checkpoint is of a run whose steps are not this plan's.
  package func position(in plan: RunPlan, path: String) throws -> RunPosition {
    func refuse(_ what: String, _ found: Any, _ expected: Any, _ advice: String) -> CheckpointError {
      .broken(path: path, reason: "\(what) is \(found) there and \(expected) in this run. \(advice)")
    }
    guard network == plan.graph.name else {
      throw refuse("the network", network, plan.graph.name, "Set model.name to it, or choose another checkpoint")
    }
    guard parameterCount == plan.parameters.parameterCount else {
      throw refuse(
        "the number of parameters", parameterCount, plan.parameters.parameterCount,
        "Check model.classes, or choose another checkpoint")
    }
    guard (epoch, stepInEpoch) == plan.position(ofStep: step) else {
      throw refuse(
        "the position after \(step) steps", "epoch \(epoch), step \(stepInEpoch)",
        "epoch \(plan.position(ofStep: step).epoch), step \(plan.position(ofStep: step).step)",
        "batch.global and the training images must be those that the run was begun with")
    }
    guard step <= plan.totalSteps else {
      throw refuse(
        "its step", step, "after the last of \(plan.totalSteps)",
        "Raise epochs or steps, or choose an earlier checkpoint")
    }
    guard samplesSeen == plan.samples(inFirst: step) else {
      throw refuse(
        "the number of images trained on in \(step) steps", samplesSeen, plan.samples(inFirst: step),
        "batch.global and the training images must be those that the run was begun with")
    }
    guard let text = details[Self.positionKey] else {
      throw CheckpointError.broken(path: path, reason: "its state has no '\(Self.positionKey)'")
    }
    do {
      return try RunPosition(json: text)
    } catch {
      throw CheckpointError.broken(path: path, reason: "its '\(Self.positionKey)' cannot be read: \(error)")
    }
  }
}
