/// The network tried on every validation image once. Counts are whole numbers, merged over the ranks.
public struct EvaluationReport: MetricsReport, Hashable {
  public static let kind = "evaluation"

  public var epoch: Int
  public var step: Int
  public var top1Correct: Int
  public var top5Correct: Int
  public var total: Int
  public var validationLoss: Double
  public var averaged: EvaluationScore?
  public var seconds: Double
  public var weights: EvaluatedWeights?

  public init(
    epoch: Int, step: Int, top1Correct: Int, top5Correct: Int, total: Int, validationLoss: Double,
    averaged: EvaluationScore? = nil, seconds: Double, weights: EvaluatedWeights? = nil
  ) {
    self.epoch = epoch
    self.step = step
    self.top1Correct = top1Correct
    self.top5Correct = top5Correct
    self.total = total
    self.validationLoss = validationLoss
    self.averaged = averaged
    self.seconds = seconds
    self.weights = weights
  }

  /// What the best checkpoint and the target go by: the averaged weights' score, where there are any.
  public var decidingTop1Correct: Int { averaged?.top1Correct ?? top1Correct }

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case epoch, step
    case top1Correct = "top1_correct"
    case top5Correct = "top5_correct"
    case total
    case validationLoss = "validation_loss"
    case averaged, seconds, weights
  }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .epoch: "Epochs begun when the network was as evaluated, the current one included."
    case .step: "Steps done by then."
    case .top1Correct: "Images whose class had the highest score."
    case .top5Correct: "Images whose class was among the five highest scores (all of them, where there are fewer)."
    case .total: "Images evaluated: as many as the data set has."
    case .validationLoss: "Mean cross-entropy over them, without label smoothing."
    case .averaged:
      "`top1_correct`, `top5_correct` and `validation_loss` of the averaged weights; absent where nothing is averaged yet."
    case .seconds: "That it took."
    case .weights: "Only from `dist-train evaluate`: `raw`, `averaged` (then the counts above are theirs) or `both`."
    }
  }
}

/// Which of a checkpoint's weights are evaluated.
public enum EvaluatedWeights: String, CaseIterable, Codable, Sendable { case raw, averaged, both }

/// What one set of weights came to on the validation images.
public struct EvaluationScore: Codable, Hashable, Sendable {
  public var top1Correct: Int
  public var top5Correct: Int
  public var validationLoss: Double

  public init(top1Correct: Int, top5Correct: Int, validationLoss: Double) {
    (self.top1Correct, self.top5Correct, self.validationLoss) = (top1Correct, top5Correct, validationLoss)
  }

  private enum CodingKeys: String, CodingKey {
    case top1Correct = "top1_correct"
    case top5Correct = "top5_correct"
    case validationLoss = "validation_loss"
  }
}

extension EvaluationReport {
  init(
    epoch: Int, step: Int, _ counts: EvaluationCounts, averaged: EvaluationCounts? = nil, seconds: Double,
    weights: EvaluatedWeights? = nil
  ) {
    self.init(
      epoch: epoch, step: step, top1Correct: counts.top1Correct, top5Correct: counts.top5Correct, total: counts.total,
      validationLoss: counts.meanLoss,
      averaged: averaged.map {
        EvaluationScore(top1Correct: $0.top1Correct, top5Correct: $0.top5Correct, validationLoss: $0.meanLoss)
      }, seconds: seconds, weights: weights)
  }
}
