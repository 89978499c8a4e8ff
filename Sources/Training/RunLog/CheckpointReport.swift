/// A checkpoint that is complete and durable.
public struct CheckpointReport: MetricsReport {
  public static let kind = "checkpoint"

  public var step: Int
  public var epoch: Int
  public var path: String
  public var seconds: Double
  public var stallSeconds: Double

  public init(step: Int, epoch: Int, path: String, seconds: Double, stallSeconds: Double) {
    self.step = step
    self.epoch = epoch
    self.path = path
    self.seconds = seconds
    self.stallSeconds = stallSeconds
  }

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case step, epoch, path, seconds
    case stallSeconds = "stall_seconds"
  }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .step: "Steps done in the state that was saved."
    case .epoch: "The epoch of the last of them, from 1."
    case .path: "Its folder."
    case .seconds: "From the last step to the moment it was durable."
    case .stallSeconds:
      "Of them, those for which training stood still; a checkpoint before it that was not durable yet counts."
    }
  }
}
