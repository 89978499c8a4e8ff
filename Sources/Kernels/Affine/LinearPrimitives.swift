import COneDNN
import Tensors

/// A fully connected layer, `[N, C] -> [N, K]`; weights in the arena are `[K, C]`.
struct LinearPrimitives: AffinePrimitives {
  let subject: String
  let input, output, weights: MemoryDescriptor
  let bias: MemoryDescriptor?
  /// f32 weights are taken as they lie in the arena: there are many of them for few multiplications.
  private let takenWeights: MemoryDescriptor
  private let engine: Engine

  init(
    batch: Int, inputs: Int, outputs: Int, hasBias: Bool, type: ElementType, on engine: Engine
  ) throws {
    self.engine = engine
    subject = "\(type) linear \(inputs) -> \(outputs) (batch \(batch))"
    input = try .dense([batch, inputs], type)
    output = try .dense([batch, outputs], type)
    weights = try .dense([outputs, inputs])
    bias = hasBias ? try .dense([outputs]) : nil
    takenWeights = type == .f32 ? weights : try .any([outputs, inputs], type)
  }

  func forward(training: Bool, activation: Activation) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      subject, call: "dnnl_inner_product_forward_primitive_desc_create", activation: activation
    ) {
      dnnl_inner_product_forward_primitive_desc_create(
        $0, engine.engine, training ? dnnl_forward_training : dnnl_forward_inference, input.handle,
        takenWeights.handle, bias?.handle, output.handle, $1)
    }
  }

  func inputGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      "the input gradient of " + subject, call: "dnnl_inner_product_backward_data_primitive_desc_create"
    ) {
      dnnl_inner_product_backward_data_primitive_desc_create(
        $0, engine.engine, input.handle, takenWeights.handle, output.handle, hint.handle, $1)
    }
  }

  func weightGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      "the weight gradient of " + subject, call: "dnnl_inner_product_backward_weights_primitive_desc_create"
    ) {
      dnnl_inner_product_backward_weights_primitive_desc_create(
        $0, engine.engine, input.handle, weights.handle, bias?.handle, output.handle, hint.handle, $1)
    }
  }
}

extension AffineKernel {
  /// A fully connected layer on tiles of `batch` samples.
  public convenience init(linear batch: Int, inputs: Int, outputs: Int, _ use: Use, on engine: Engine) throws {
    let primitives = try LinearPrimitives(
      batch: batch, inputs: inputs, outputs: outputs, hasBias: use.hasBias, type: use.type, on: engine)
    try self.init(primitives, use, on: engine)
  }
}
