import Network

extension RunConfiguration {
  public struct Precision: Sendable, Equatable {
    public let type: Name
    public let requireNative: Bool

    public enum Name: String, CaseIterable, Sendable { case f32, bf16 }

    static let meaning = "The type of activations, and of the weights that they are multiplied with."

    init(_ fields: ConfigurationReader) {
      type = fields.read(
        "type", .choice(), default: .f32,
        "`bf16` halves the memory of activations, and is faster where the processor has instructions for it. "
          + "Parameters, their gradients, statistics and the loss stay f32.")
      requireNative = fields.read(
        "require_native", .flag, default: false, affects: .nothing,
        "`bf16`: whether to end before the first step on a processor without instructions for it (AVX-512 BF16 or AMX). "
          + "Otherwise such a rank keeps bf16 activations but multiplies in f32, with a warning: it is slower than `f32`."
      )
    }
  }

  public struct Memory: Sendable, Equatable {
    public let recompute: PlanOptions.Recomputation
    public let shortage: Shortage

    public enum Shortage: String, CaseIterable, Sendable { case refuse, warn }

    static let meaning =
      "What memory is saved at the cost of time, and what happens where there is too little. The trained weights do not depend "
      + "on it."

    init(_ fields: ConfigurationReader) {
      recompute = fields.read(
        "recompute", .choice(), default: .activations, affects: .nothing,
        "Outputs of cheap operations (batch norm, ReLU, addition) that are computed again in the backward pass instead "
          + "of being kept. `none`: none. `activations`: those that one operation restores from what is kept anyway. "
          + "`chains`: also those that take several, for larger batches.")
      shortage = fields.read(
        "shortage", .choice(), default: .refuse, affects: .nothing,
        "What happens where the ranks of a host will need more than 1.1 times the memory that they may have: that of their "
          + "control group, of the Slurm job, of `ulimit -v`, or of the host. `refuse`: the run ends before it begins, with "
          + "status 64. `warn`: it is tried all the same. From 0.9 times on there is a warning.")
    }
  }
}
