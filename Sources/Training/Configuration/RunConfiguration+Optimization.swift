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
