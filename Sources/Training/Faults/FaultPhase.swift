/// Where in a step, or after it, a fault can be injected.
public enum FaultPhase: String, CaseIterable, Sendable {
  case load, forward, statistics, backward, exchange, update, evaluation, save

  /// When it is reached; some are reached several times in a step.
  public var meaning: String {
    switch self {
    case .load: "before the batch is taken from the loader"
    case .forward: "before the forward pass"
    case .statistics:
      "before each exchange of BatchNorm's statistics; where they are not shared, before the ranks agree on them"
    case .backward: "before the backward pass"
    case .exchange: "when all gradients have left, and their sums are waited for"
    case .update: "before the update; what spoils weights or momentum does so after it"
    case .evaluation: "before an evaluation after the step"
    case .save: "before a checkpoint after the step"
    }
  }
}
