import COneDNN

/// oneDNN's primitives for one affine operation, `output = weights · input + bias`: what a convolution, its transpose and
/// a fully connected layer have in common.
protocol AffinePrimitives {
  /// For messages: the operation and its sizes.
  var subject: String { get }
  /// Of one tile, as activations are stored.
  var input: MemoryDescriptor { get }
  var output: MemoryDescriptor { get }
  /// As the arena holds them: f32.
  var weights: MemoryDescriptor { get }
  var bias: MemoryDescriptor? { get }

  /// The backward primitives are chosen after the forward one.
  func forward(training: Bool, activation: Activation) throws -> PrimitiveDescriptor
  func inputGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor
  func weightGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor

  /// Kernels of our own, where they are faster than oneDNN's.
  func ownForward(_ use: AffineKernel.Use) -> (any ActivationPass)?
  func ownInputGradient(_ use: AffineKernel.Use) -> (any ActivationPass)?
  func ownWeightGradient(_ use: AffineKernel.Use) -> (any WeightGradientPass)?
}

extension AffinePrimitives {
  func ownForward(_ use: AffineKernel.Use) -> (any ActivationPass)? { nil }
  func ownInputGradient(_ use: AffineKernel.Use) -> (any ActivationPass)? { nil }
  func ownWeightGradient(_ use: AffineKernel.Use) -> (any WeightGradientPass)? { nil }
}
