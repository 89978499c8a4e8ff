/// What a finished run comes to: the content of `result.json`.
public struct RunResult: Report {
  public var name: String
  public var steps: Int
  public var epochs: Int
  public var seconds: Double
  public var top1Correct: Int
  public var top5Correct: Int
  public var total: Int
  public var validationLoss: Double
  public var averaged: EvaluationScore?
  public var reachedTarget: Bool?

  /// - Parameters:
  ///   - evaluation: the last one.
  ///   - reachedTarget: nil where there is no target.
  public init(
    name: String, steps: Int, epochs: Int, seconds: Double, evaluation: EvaluationReport, reachedTarget: Bool? = nil
  ) {
    self.name = name
    self.steps = steps
    self.epochs = epochs
    self.seconds = seconds
    top1Correct = evaluation.top1Correct
    top5Correct = evaluation.top5Correct
    total = evaluation.total
    validationLoss = evaluation.validationLoss
    averaged = evaluation.averaged
    self.reachedTarget = reachedTarget
  }

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, steps, epochs, seconds
    case top1Correct = "top1_correct"
    case top5Correct = "top5_correct"
    case total
    case validationLoss = "validation_loss"
    case averaged
    case reachedTarget = "reached_target"
  }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .name: "The run's name."
    case .steps: "Steps done, those before a resume included."
    case .epochs: "Epochs completed."
    case .seconds: "That this process ran."
    case .top1Correct, .top5Correct, .total, .validationLoss, .averaged:
      "Of the last evaluation, as in `metrics.jsonl`."
    case .reachedTarget: "Whether that reached `evaluation.target_top1`; absent where there is no target."
    }
  }
}
