/// The run went back to a checkpoint, since the numbers of a step were not finite.
public struct RewindReport: MetricsReport {
  public static let kind = "rewind"

  public var step: Int
  public var from: Int
  public var ranks: [Int]
  public var reason: String
  public var report: String

  public init(step: Int, from: Int, ranks: [Int], reason: String, report: String) {
    (self.step, self.from, self.ranks, self.reason, self.report) = (step, from, ranks, reason, report)
  }

  public enum CodingKeys: String, CodingKey, CaseIterable { case step, from, ranks, reason, report }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .step: "Steps done in the state that the run goes on from; 0: it begins anew."
    case .from: "The step, from 1, whose numbers were not finite. Lines of the steps between were taken out."
    case .ranks: "The ranks that it began on."
    case .reason: "What was not finite."
    case .report: "The file that says more."
    }
  }
}
