/// One pass over the training images, seen by all ranks together.
public struct EpochReport: MetricsReport {
  public static let kind = "epoch"

  public var epoch: Int
  public var step: Int
  public var samples: Int
  public var substituted: Int
  public var loss: Double
  public var top1Correct: Int
  public var seconds: Double

  public init(
    epoch: Int, step: Int, samples: Int, substituted: Int = 0, loss: Double, top1Correct: Int, seconds: Double
  ) {
    self.epoch = epoch
    self.step = step
    self.samples = samples
    self.substituted = substituted
    self.loss = loss
    self.top1Correct = top1Correct
    self.seconds = seconds
  }

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case epoch, step, samples, substituted, loss
    case top1Correct = "top1_correct"
    case seconds
  }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .epoch: "The epoch that has ended, from 1."
    case .step: "Steps done by then."
    case .samples: "Images counted in it: as many as the data set has, without those of skipped steps."
    case .substituted: "Those of them that stood in for one that could not be read."
    case .loss: "Mean over them."
    case .top1Correct: "How many of them were classified correctly, as they were trained on."
    case .seconds: "That it took, without evaluation."
    }
  }
}
