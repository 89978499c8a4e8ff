extension RunConfiguration {
  public struct Batch: Sendable, Equatable {
    public let global: Int

    static let meaning = "How many images a step takes."

    init(_ fields: ConfigurationReader) {
      global = fields.read(
        "global", .wholeNumber(of: "images", .atLeast(1)), default: 256,
        "Images of one step, all ranks together; at most the number of training images.")
    }
  }

  public struct Optimizer: Sendable, Equatable {
    public let name: Name
    public let momentum: Double
    public let nesterov: Bool
    public let weightDecay: Double
    public let decayNormsAndBiases: Bool
    public let sharded: Bool

    public enum Name: String, CaseIterable, Sendable { case sgd }

    static let meaning = "How gradients move the weights."

    init(_ fields: ConfigurationReader) {
      name = fields.read("name", .choice(), default: .sgd, "The update rule. `sgd`: as in PyTorch, without dampening.")
      momentum = fields.read(
        "momentum", .number(.from(0, below: 1)), default: 0.9, "The share of the last update's direction that is kept.")
      nesterov = fields.read("nesterov", .flag, default: false, "Whether to look ahead by one update.")
      weightDecay = fields.read(
        "weight_decay", .number(.atLeast(0)), default: 1e-4, "Times the weights, added to their gradient.")
      decayNormsAndBiases = fields.read(
        "decay_norms_and_biases", .flag, default: false,
        "Whether the scales and shifts of batch norms, and biases, decay too.")
      sharded = fields.read(
        "sharded", .flag, default: false, affects: .nothing,
        "Whether each rank keeps the optimizer's state of its own share of the weights alone, updates these, and then gets "
          + "the others' new weights: the same bits, less memory. The collectives must be by `ring` or `two_level`; `auto` "
          + "chooses between them.")
      fields.check(
        !nesterov || momentum > 0, "nesterov", with: "momentum", message: "needs a momentum above 0; got momentum 0")
    }
  }

  public struct Averaging: Sendable, Equatable {
    public let decay: Double
    public let everySteps: Int
    public let startEpoch: Int

    static let meaning =
      "An average of the weights and running statistics over the steps, which is evaluated and saved beside them and usually "
      + "predicts better. Training does not see it."

    init(_ fields: ConfigurationReader) {
      decay = fields.read(
        "decay", .number(.from(0, below: 1)), default: 0,
        "An exponential moving average, as in `torch.optim.swa_utils`: the average moves towards the weights by 1 - `decay` of "
          + "their distance. 0.9999 with an update a step counts about the last 10,000 steps. 0: no average.")
      everySteps = fields.read(
        "every_steps", .wholeNumber(of: "steps", .atLeast(1)), default: 1,
        "Steps from one update of the average to the next. With 32 and `decay` to the power of 32 the average is much the same, "
          + "and costs nothing.")
      startEpoch = fields.read(
        "start_epoch", .wholeNumber(of: "epochs", .atLeast(0)), default: 0,
        "Averaging begins after so many epochs, as after a warm-up; the first update is a copy. Until then the average is "
          + "the weights themselves, and is not evaluated or saved apart.")
    }
  }

  public struct Loss: Sendable, Equatable {
    public let labelSmoothing: Double

    static let meaning = "Softmax cross-entropy."

    init(_ fields: ConfigurationReader) {
      labelSmoothing = fields.read(
        "label_smoothing", .number(.from(0, below: 1)), default: 0,
        "The share of the target that is spread evenly over all classes. Training only.")
    }
  }
}
