/// A training image that could not be read, and which one stood in for it the first time: a line of `bad-samples.jsonl`.
public struct BadSampleReport: Report {
  public var sample: Int
  public var path: String
  public var reason: String
  public var substitute: String
  public var step: Int

  public init(sample: Int, path: String, reason: String, substitute: String, step: Int) {
    self.sample = sample
    self.path = path
    self.reason = reason
    self.substitute = substitute
    self.step = step
  }

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case sample, path, reason, substitute, step
  }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .sample: "Its number in the training set, from 0."
    case .path: "The file."
    case .reason: "Why it could not be read, and what to do."
    case .substitute: "The file that stood in for it, with its own label. In another epoch it is another."
    case .step: "The step, from 1, in which it was first met."
    }
  }
}
