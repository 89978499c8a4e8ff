import COneDNN

/// `output = input weightsᵀ + bias`: f32, input `[N, C]`, weights `[K, C]`, bias `[K]`, output `[N, K]`, all dense.
public final class LinearKernel {
  private let forwardPrimitive: Primitive
  private let inputGradient: Primitive?
  private let weightGradient: Primitive?

  public init(batch: Int, inputs: Int, outputs: Int, training: Bool, on engine: Engine) throws {
    let subject = "linear \(inputs) -> \(outputs) (batch \(batch))"
    let input = try MemoryDescriptor.dense([batch, inputs])
    let weights = try MemoryDescriptor.dense([outputs, inputs])
    let bias = try MemoryDescriptor.dense([outputs])
    let output = try MemoryDescriptor.dense([batch, outputs])

    let forward = try PrimitiveDescriptor(subject, call: "dnnl_inner_product_forward_primitive_desc_create") {
      dnnl_inner_product_forward_primitive_desc_create(
        $0, engine.engine, training ? dnnl_forward_training : dnnl_forward_inference, input.handle, weights.handle,
        bias.handle, output.handle, $1)
    }
    forwardPrimitive = try Primitive(
      forward, on: engine,
      arguments: [
        (DNNL_ARG_SRC, input), (DNNL_ARG_WEIGHTS, weights), (DNNL_ARG_BIAS, bias), (DNNL_ARG_DST, output),
      ])
    guard training else {
      inputGradient = nil
      weightGradient = nil
      return
    }
    let toInput = try PrimitiveDescriptor(
      "the input gradient of " + subject, call: "dnnl_inner_product_backward_data_primitive_desc_create"
    ) {
      dnnl_inner_product_backward_data_primitive_desc_create(
        $0, engine.engine, input.handle, weights.handle, output.handle, forward.handle, $1)
    }
    inputGradient = try Primitive(
      toInput, on: engine,
      arguments: [(DNNL_ARG_DIFF_DST, output), (DNNL_ARG_WEIGHTS, weights), (DNNL_ARG_DIFF_SRC, input)])
    let toWeights = try PrimitiveDescriptor(
      "the weight gradient of " + subject, call: "dnnl_inner_product_backward_weights_primitive_desc_create"
    ) {
      dnnl_inner_product_backward_weights_primitive_desc_create(
        $0, engine.engine, input.handle, weights.handle, bias.handle, output.handle, forward.handle, $1)
    }
    weightGradient = try Primitive(
      toWeights, on: engine,
      arguments: [
        (DNNL_ARG_SRC, input), (DNNL_ARG_DIFF_DST, output), (DNNL_ARG_DIFF_WEIGHTS, weights),
        (DNNL_ARG_DIFF_BIAS, bias),
      ])
  }

  public func forward(
    input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>,
    output: UnsafeMutablePointer<Float>
  ) throws {
    try forwardPrimitive.run(input, weights, bias, output)
  }

  public func backward(
    outputGradient: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>,
    inputGradient result: UnsafeMutablePointer<Float>
  ) throws {
    guard let inputGradient else { preconditionFailure("prepared without a gradient") }
    try inputGradient.run(outputGradient, weights, result)
  }

  public func backward(
    outputGradient: UnsafeMutablePointer<Float>, input: UnsafeMutablePointer<Float>,
    weightGradient result: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
  ) throws {
    guard let weightGradient else { preconditionFailure("prepared without a gradient") }
    try weightGradient.run(input, outputGradient, result, biasGradient)
  }
}
