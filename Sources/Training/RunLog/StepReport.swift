/// One optimizer update, seen by all ranks together.
public struct StepReport: MetricsReport {
  public static let kind = "step"

  public var step: Int
  public var epoch: Int
  public var samples: Int
  public var loss: Double
  public var top1Accuracy: Double
  public var learningRate: Double
  public var imagesPerSecond: Double
  public var seconds: Double
  public var dataWaitFraction: Double
  public var exposedCommunicationSeconds: Double

  public init(
    step: Int, epoch: Int, samples: Int, loss: Double, top1Accuracy: Double, learningRate: Double,
    imagesPerSecond: Double, seconds: Double, dataWaitFraction: Double, exposedCommunicationSeconds: Double
  ) {
    self.step = step
    self.epoch = epoch
    self.samples = samples
    self.loss = loss
    self.top1Accuracy = top1Accuracy
    self.learningRate = learningRate
    self.imagesPerSecond = imagesPerSecond
    self.seconds = seconds
    self.dataWaitFraction = dataWaitFraction
    self.exposedCommunicationSeconds = exposedCommunicationSeconds
  }

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case step, epoch, samples, loss
    case top1Accuracy = "top1_accuracy"
    case learningRate = "learning_rate"
    case imagesPerSecond = "images_per_second"
    case seconds
    case dataWaitFraction = "data_wait_fraction"
    case exposedCommunicationSeconds = "exposed_communication_seconds"
  }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .step: "Steps done, this one included."
    case .epoch: "The epoch that the step belongs to, from 1."
    case .samples: "Images of this step, all ranks together."
    case .loss: "Mean over them."
    case .top1Accuracy: "Share of the epoch's images so far that were classified correctly, as they were trained on."
    case .learningRate: "Of this step."
    case .imagesPerSecond: "`samples` / `seconds`."
    case .seconds: "From the beginning of the step to its end, on rank 0."
    case .dataWaitFraction: "Share of them in which rank 0 waited for images."
    case .exposedCommunicationSeconds: "Those in which rank 0 waited for other ranks with nothing left to compute."
    }
  }
}
