import Optimizers

/// When weights are averaged: a function of the number of steps done, so that a resumed run goes on as if it had not stopped.
public struct AveragingPlan: Hashable, Sendable {
  package let average: ExponentialAverage
  /// Between updates.
  package let everySteps: Int
  /// Steps before averaging begins.
  package let startStep: Int

  package enum Action: Hashable, Sendable {
    /// The average becomes a copy of the weights.
    case begin
    case update
  }

  /// What happens to the average after the first `steps` steps; nil: nothing.
  package func action(after steps: Int) -> Action? {
    guard hasBegun(after: steps), (steps - startStep) % everySteps == 0 else { return nil }
    return steps == startStep + everySteps ? .begin : .update
  }

  /// Whether there is an average; before, it is the weights themselves.
  package func hasBegun(after steps: Int) -> Bool { steps >= startStep + everySteps }
}

extension RunPlan {
  /// Nil where nothing is averaged.
  public var averaging: AveragingPlan? {
    let settings = configuration.averaging
    guard settings.decay > 0, let average = try? ExponentialAverage(decay: settings.decay) else { return nil }
    return AveragingPlan(
      average: average, everySteps: settings.everySteps, startStep: settings.startEpoch * shards.stepsPerEpoch)
  }
}
