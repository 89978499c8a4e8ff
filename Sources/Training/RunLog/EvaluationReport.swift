/// The network tried on every validation image once. Counts are whole numbers, merged over the ranks.
public struct EvaluationReport: MetricsReport, Hashable {
  public static let kind = "evaluation"

  public var epoch: Int
  public var step: Int
  public var top1Correct: Int
  public var top5Correct: Int
  public var total: Int
  public var validationLoss: Double
  public var seconds: Double

  public init(
    epoch: Int, step: Int, top1Correct: Int, top5Correct: Int, total: Int, validationLoss: Double, seconds: Double
  ) {
    self.epoch = epoch
    self.step = step
    self.top1Correct = top1Correct
    self.top5Correct = top5Correct
    self.total = total
    self.validationLoss = validationLoss
    self.seconds = seconds
  }

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case epoch, step
    case top1Correct = "top1_correct"
    case top5Correct = "top5_correct"
    case total
    case validationLoss = "validation_loss"
    case seconds
  }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .epoch: "Epochs begun when the network was as evaluated, the current one included."
    case .step: "Steps done by then."
    case .top1Correct: "Images whose class had the highest score."
    case .top5Correct: "Images whose class was among the five highest scores (all of them, where there are fewer)."
    case .total: "Images evaluated: as many as the data set has."
    case .validationLoss: "Mean cross-entropy over them, without label smoothing."
    case .seconds: "That it took."
    }
  }
}
