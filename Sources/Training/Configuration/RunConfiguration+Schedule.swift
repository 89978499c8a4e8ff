extension RunConfiguration {
  public struct Schedule: Sendable, Equatable {
    public let baseRate: Double
    public let baseBatch: Int
    public let warmupEpochs: Double
    public let warmupStartRate: Double
    public let shape: Shape
    public let milestones: [Double]
    public let factor: Double
    public let power: Double
    public let finalRate: Double

    public enum Shape: String, CaseIterable, Sendable { case constant, step, cosine, polynomial }

    /// The rate after warm-up.
    public func peakRate(globalBatch: Int) -> Double {
      baseBatch == 0 ? baseRate : baseRate * Double(globalBatch) / Double(baseBatch)
    }

    static let meaning = "The learning rate of every step. Only `base_rate` is scaled with the batch."

    init(_ fields: ConfigurationReader) {
      baseRate = fields.read("base_rate", .number(.above(0)), default: 0.1, "The learning rate after warm-up.")
      baseBatch = fields.read(
        "base_batch", .wholeNumber(of: "images", .atLeast(0)), default: 0,
        "Linear scaling: `base_rate` is meant for this global batch, and is multiplied by "
          + "`batch.global` / `base_batch`. 0: no scaling.")
      warmupEpochs = fields.read(
        "warmup_epochs", .number(of: "epochs", .atLeast(0)), default: 0,
        "The rate rises in a straight line, step by step, for so long; may be a fraction of an epoch.")
      warmupStartRate = fields.read(
        "warmup_start_rate", .number(.atLeast(0)), default: 0, "Where the rise begins.")
      shape = fields.read(
        "shape", .choice(), default: .cosine,
        "What follows. `step`: times `factor` at each milestone. `cosine`, `polynomial`: down to `final_rate` at the "
          + "end."
      )
      milestones = fields.read(
        "milestones", .ascending(of: "epochs", each: .above(0)), default: [],
        "`step`: when the rate falls, counted from the beginning of training.")
      factor = fields.read(
        "factor", .number(.above(0, to: 1)), default: 0.1, "`step`: what the rate is multiplied by at each milestone.")
      power = fields.read(
        "power", .number(.above(0)), default: 1,
        "`polynomial`: the exponent of the share of training that is left. 1: a straight line.")
      finalRate = fields.read(
        "final_rate", .number(.atLeast(0)), default: 0, "`cosine`, `polynomial`: the rate at the end.")
      fields.check(
        shape != .step || !milestones.isEmpty, "milestones", with: "shape",
        message: "empty; the shape \"step\" needs at least one, as in [30, 60, 80]")
    }
  }
}
