import COneDNN
import Tensors

/// Computes one tile's activations from others and the weights: the output from the input, or the input's gradient from the
/// output's.
package protocol ActivationPass {
  /// Bytes of a staging buffer that keep the weights from the first tile to the last.
  var stagingBytes: Int { get }

  /// The first tile prepares the weights for the others.
  ///
  /// - Parameters:
  ///   - weights: as the arena holds them: f32.
  ///   - bias: nil where the pass has none.
  func run(
    from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer, weights: UnsafeMutablePointer<Float>,
    bias: UnsafeMutablePointer<Float>?, staging: UnsafeMutableRawPointer, isFirst: Bool
  ) throws
}

/// oneDNN's, with weights in the layout that it prefers.
struct LibraryPass: ActivationPass {
  private let primitive: Primitive
  private let staged: WeightStaging

  /// - Parameter chosen: the forward primitive.
  init(forward primitives: some AffinePrimitives, chosen: PrimitiveDescriptor, on engine: Engine) throws {
    let taken = try chosen.memory(dnnl_query_weights_md)
    let arguments: [Primitive.Argument] = [
      (DNNL_ARG_SRC, primitives.input), (DNNL_ARG_WEIGHTS, taken), (DNNL_ARG_DST, primitives.output),
    ]
    primitive = try Primitive(
      chosen, on: engine, arguments: arguments + (primitives.bias.map { [(DNNL_ARG_BIAS, $0)] } ?? []))
    staged = try WeightStaging(from: primitives.weights, to: taken, primitives.subject, on: engine)
  }

  init(inputGradient primitives: some AffinePrimitives, hint: PrimitiveDescriptor, on engine: Engine) throws {
    let chosen = try primitives.inputGradient(hint: hint)
    let taken = try chosen.memory(dnnl_query_weights_md)
    primitive = try Primitive(
      chosen, on: engine,
      arguments: [
        (DNNL_ARG_DIFF_DST, primitives.output), (DNNL_ARG_WEIGHTS, taken), (DNNL_ARG_DIFF_SRC, primitives.input),
      ])
    staged = try WeightStaging(from: primitives.weights, to: taken, primitives.subject, on: engine)
  }

  var stagingBytes: Int { staged.bytes }

  func run(
    from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer, weights: UnsafeMutablePointer<Float>,
    bias: UnsafeMutablePointer<Float>?, staging: UnsafeMutableRawPointer, isFirst: Bool
  ) throws {
    try primitive.run(source, staged.weights(weights, staging: staging, isFirst: isFirst), target, bias)
  }
}
