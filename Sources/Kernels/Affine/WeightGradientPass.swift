import COneDNN
import Tensors

/// Computes the gradients of weights and bias, f32 in the layouts of the arena, tile by tile.
package protocol WeightGradientPass {
  /// Bytes of a staging buffer that the pass writes in every call.
  var stagingBytes: Int { get }

  /// The first tile overwrites the gradients, the others add to them; they are complete after the last.
  ///
  /// - Parameter bias: nil where the operation has none.
  func run(
    input: UnsafeMutableRawPointer, outputGradient: UnsafeMutableRawPointer, weights: UnsafeMutablePointer<Float>,
    bias: UnsafeMutablePointer<Float>?, staging: UnsafeMutableRawPointer, isFirst: Bool, isLast: Bool
  ) throws
}

/// oneDNN's, which writes one tile's gradient in a layout of its own.
struct LibraryWeightGradient: WeightGradientPass {
  private let primitive: Primitive
  /// Where in a staging buffer the bias's gradient lies: behind the weights'.
  private let biasOffset: Int
  let stagingBytes: Int
  /// nil where the primitive can write into the arena itself.
  private let reorder: Reorder?
  private let addingReorder: Reorder
  private let biasElements: Int

  /// - Parameter isTiled: whether there are tiles after the first.
  init(_ primitives: some AffinePrimitives, hint: PrimitiveDescriptor, isTiled: Bool, on engine: Engine) throws {
    let descriptor = try primitives.weightGradient(hint: hint)
    let written = try descriptor.memory(dnnl_query_diff_weights_md)
    let arguments: [Primitive.Argument] = [
      (DNNL_ARG_SRC, primitives.input), (DNNL_ARG_DIFF_DST, primitives.output), (DNNL_ARG_DIFF_WEIGHTS, written),
    ]
    primitive = try Primitive(
      descriptor, on: engine, arguments: arguments + (primitives.bias.map { [(DNNL_ARG_DIFF_BIAS, $0)] } ?? []))
    let subject = "the weight gradient of " + primitives.subject
    reorder =
      written == primitives.weights
      ? nil : try Reorder(from: written, to: primitives.weights, subject, on: engine)
    addingReorder = try Reorder(
      from: written, to: primitives.weights, subject, addsToOutput: true, on: engine)
    biasElements = (primitives.bias?.bytes ?? 0) / MemoryLayout<Float>.stride
    biasOffset = roundUp(written.bytes, to: AlignedBuffer.alignment)
    stagingBytes = isTiled || reorder != nil ? biasOffset + (primitives.bias?.bytes ?? 0) : 0
  }

  func run(
    input: UnsafeMutableRawPointer, outputGradient: UnsafeMutableRawPointer, weights: UnsafeMutablePointer<Float>,
    bias: UnsafeMutablePointer<Float>?, staging: UnsafeMutableRawPointer, isFirst: Bool, isLast: Bool
  ) throws {
    if isFirst, reorder == nil {
      return try primitive.run(input, outputGradient, UnsafeMutableRawPointer(weights), bias)
    }
    let stagedBias = (staging + biasOffset).assumingMemoryBound(to: Float.self)
    try primitive.run(input, outputGradient, staging, isFirst ? bias : stagedBias)
    try (isFirst ? reorder! : addingReorder).run(from: staging, to: weights)
    if let bias, !isFirst { for index in 0..<biasElements { bias[index] += stagedBias[index] } }
  }
}
