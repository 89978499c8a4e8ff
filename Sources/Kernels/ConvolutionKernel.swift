/// A convolution without bias: forward, and backward to the input and to the weights.
///
/// Activations are f32 `[N, C, H, W]` stored channels last; weights and their gradient are f32 `[K, C/G, H, W]`, dense.
/// oneDNN wants weights in layouts of its own, so each call copies them through the engine's staging memory, which
/// costs 2 to 3 % of the convolutions in a ResNet-50 step of 16 images.
public final class ConvolutionKernel {
  private let engine: Engine
  private let forward: ConvolutionDirection
  private let inputGradient: ConvolutionDirection?
  private let weightGradient: ConvolutionDirection?

  /// - Parameters:
  ///   - training: prepares the weight gradient too.
  ///   - needsInputGradient: prepares the input gradient; the first convolution of a network does without.
  public init(
    _ geometry: ConvolutionGeometry, training: Bool, needsInputGradient: Bool, on engine: Engine
  ) throws {
    self.engine = engine
    let primitives = try ConvolutionPrimitives(geometry, on: engine)
    let descriptor = try primitives.forwardDescriptor(training: training)
    forward = try primitives.forward(descriptor)
    inputGradient = training && needsInputGradient ? try primitives.inputGradient(hint: descriptor) : nil
    weightGradient = training ? try primitives.weightGradient(hint: descriptor) : nil
  }

  /// The implementations that oneDNN chose: forward, and where prepared input gradient and weight gradient.
  public var implementations: [String] {
    [forward, inputGradient, weightGradient].compactMap { $0?.implementation }
  }

  public func forward(
    input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
  ) throws {
    try forward.reorder.run(from: weights, to: engine.staging)
    try forward.primitive.run(input, engine.staging, output)
  }

  public func backward(
    outputGradient: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
    inputGradient result: UnsafeMutablePointer<Float>
  ) throws {
    guard let inputGradient else { preconditionFailure("prepared without an input gradient") }
    try inputGradient.reorder.run(from: weights, to: engine.staging)
    try inputGradient.primitive.run(outputGradient, engine.staging, result)
  }

  public func backward(
    outputGradient: UnsafeMutablePointer<Float>, input: UnsafeMutablePointer<Float>,
    weightGradient result: UnsafeMutablePointer<Float>
  ) throws {
    guard let weightGradient, let staging = engine.staging else {
      preconditionFailure("prepared without a weight gradient")
    }
    try weightGradient.primitive.run(input, outputGradient, staging)
    try weightGradient.reorder.run(from: staging, to: result)
  }
}
