extension RunConfiguration {
  public struct Model: Sendable, Equatable {
    public let name: Name
    public let classes: Int
    public let zeroInitResidual: Bool
    public let batchNormMomentum: Double
    public let batchNormEpsilon: Double

    public enum Name: String, CaseIterable, Sendable { case resnet18, resnet34, resnet50, resnet101, resnet152 }

    static let meaning = "The network. Must be given."

    init(_ fields: ConfigurationReader) {
      name = fields.read(
        "name", .choice(), default: nil,
        "The architecture, as in torchvision: in bottleneck blocks the 3x3 convolution has the stride (v1.5).")
      classes = fields.read(
        "classes", .wholeNumber(of: "classes", .from(2, to: 1_000_000)), default: nil,
        "Outputs of the network: the number of class folders.")
      zeroInitResidual = fields.read(
        "zero_init_residual", .flag, default: false,
        "Whether the scale of the last batch norm of each residual block begins at 0, so that the block begins as the "
          + "identity (Goyal et al. 2017).")
      batchNormMomentum = fields.read(
        "batch_norm_momentum", .number(.above(0, to: 1)), default: 0.1,
        "The share of the newest batch in the running mean and variance.")
      batchNormEpsilon = fields.read(
        "batch_norm_epsilon", .number(.above(0)), default: 1e-5, "Added to the variance before the square root.")
    }
  }
}
