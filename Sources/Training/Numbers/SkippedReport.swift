/// A step that was done without its update, since its numbers were not finite.
public struct SkippedReport: MetricsReport {
  public static let kind = "skipped"

  public var step: Int
  public var epoch: Int
  public var samples: Int
  public var ranks: [Int]
  public var reason: String
  public var report: String

  public init(step: Int, epoch: Int, samples: Int, ranks: [Int], reason: String, report: String) {
    (self.step, self.epoch, self.samples) = (step, epoch, samples)
    (self.ranks, self.reason, self.report) = (ranks, reason, report)
  }

  public enum CodingKeys: String, CodingKey, CaseIterable { case step, epoch, samples, ranks, reason, report }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .step: "The step, from 1: it counts, and is not in the sums of its epoch."
    case .epoch: "The epoch that it belongs to, from 1."
    case .samples: "Its images."
    case .ranks: "The ranks that it began on."
    case .reason: "What was not finite."
    case .report: "The file that says more."
    }
  }
}
