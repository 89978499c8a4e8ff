import COneDNN
import Tensors

/// A function that oneDNN's eltwise primitive computes: its algorithm and parameters, and what the result is multiplied by.
struct EltwiseFunction {
  var algorithm: dnnl_alg_kind_t
  var alpha: Float = 0
  var beta: Float = 0
  var factor: Float = 1
  /// Whether the algorithm's gradient is computed from the output; else from the input.
  var gradientReadsOutput = false
}

/// An element-by-element function and its gradient by oneDNN, on f32, or on bf16 where the processor has it. The same address may be given for what is read and
/// what is written.
final class EltwiseKernel {
  private let forwardPrimitive: Primitive
  private let backwardPrimitive: Primitive?
  private let factor: Float
  private let count: Int
  private let type: ElementType
  private let team: ThreadTeam

  init(
    _ function: EltwiseFunction, _ subject: String, count: Int, type: ElementType, training: Bool, on engine: Engine
  ) throws {
    (factor, self.count, self.type, team) = (function.factor, count, type, engine.team)
    let tensor = try MemoryDescriptor.dense([count], type)
    let forward = try PrimitiveDescriptor(subject, call: "dnnl_eltwise_forward_primitive_desc_create") {
      dnnl_eltwise_forward_primitive_desc_create(
        $0, engine.engine, training ? dnnl_forward_training : dnnl_forward_inference, function.algorithm,
        tensor.handle, tensor.handle, function.alpha, function.beta, $1)
    }
    forwardPrimitive = try Primitive(
      forward, on: engine, arguments: [(DNNL_ARG_SRC, tensor), (DNNL_ARG_DST, tensor)])

    guard training else {
      backwardPrimitive = nil
      return
    }
    let backward = try PrimitiveDescriptor(
      "the gradient of " + subject, call: "dnnl_eltwise_backward_primitive_desc_create"
    ) {
      dnnl_eltwise_backward_primitive_desc_create(
        $0, engine.engine, function.algorithm, tensor.handle, tensor.handle, tensor.handle, function.alpha,
        function.beta, forward.handle, $1)
    }
    backwardPrimitive = try Primitive(
      backward, on: engine,
      arguments: [
        (function.gradientReadsOutput ? DNNL_ARG_DST : DNNL_ARG_SRC, tensor), (DNNL_ARG_DIFF_DST, tensor),
        (DNNL_ARG_DIFF_SRC, tensor),
      ])
  }

  func forward(input: UnsafeMutableRawPointer, output: UnsafeMutableRawPointer) throws {
    try forwardPrimitive.run(input, output)
    multiplyByFactor(output)
  }

  /// - Parameter read: the output or the input, as `gradientReadsOutput` says.
  func backward(
    read: UnsafeMutableRawPointer, outputGradient: UnsafeMutableRawPointer, inputGradient: UnsafeMutableRawPointer
  ) throws {
    guard let backwardPrimitive else { preconditionFailure("prepared without a gradient") }
    try backwardPrimitive.run(read, outputGradient, inputGradient)
    multiplyByFactor(inputGradient)
  }

  private func multiplyByFactor(_ values: UnsafeMutableRawPointer) {
    if factor != 1 { scale(values, by: factor, into: values, count: count, type: type, team: team) }
  }
}
