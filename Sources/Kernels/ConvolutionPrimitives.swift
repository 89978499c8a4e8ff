import COneDNN

/// One direction of a convolution: a primitive over weights, or their gradient, in the layout that it prefers, and the
/// copy between that layout and the arena's.
struct ConvolutionDirection {
  let primitive: Primitive
  let reorder: Reorder
  let implementation: String
}

/// Prepares the directions of one convolution.
struct ConvolutionPrimitives {
  private let engine: Engine
  private let subject: String
  private let input, output, weights, anyWeights: MemoryDescriptor
  private let window: Window

  /// Strides, dilation and padding as oneDNN takes them (its dilation counts the skipped elements).
  private struct Window {
    let strides, dilation, padding: [dnnl_dim_t]

    init(_ geometry: ConvolutionGeometry) {
      strides = .init(repeating: dnnl_dim_t(geometry.stride), count: 2)
      dilation = .init(repeating: dnnl_dim_t(geometry.dilation - 1), count: 2)
      padding = .init(repeating: dnnl_dim_t(geometry.padding), count: 2)
    }
  }

  init(_ geometry: ConvolutionGeometry, on engine: Engine) throws {
    self.engine = engine
    subject = geometry.description
    input = try .channelsLast(geometry.inputDimensions)
    output = try .channelsLast(geometry.outputDimensions)
    weights = try .dense(geometry.weightDimensions)
    anyWeights = try .any(geometry.weightDimensions)
    window = Window(geometry)
  }

  /// The forward primitive's descriptor, which the backward ones are chosen after.
  func forwardDescriptor(training: Bool) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(subject, call: "dnnl_convolution_forward_primitive_desc_create") {
      dnnl_convolution_forward_primitive_desc_create(
        $0, engine.engine, training ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct,
        input.handle, anyWeights.handle, nil, output.handle, window.strides, window.dilation, window.padding,
        window.padding, $1)
    }
  }

  /// Takes input, weights and output.
  func forward(_ descriptor: PrimitiveDescriptor) throws -> ConvolutionDirection {
    try direction(descriptor, reading: dnnl_query_weights_md) {
      [(DNNL_ARG_SRC, input), (DNNL_ARG_WEIGHTS, $0), (DNNL_ARG_DST, output)]
    }
  }

  /// Takes the output's gradient, weights and the input's gradient.
  func inputGradient(hint: PrimitiveDescriptor) throws -> ConvolutionDirection {
    let descriptor = try PrimitiveDescriptor(
      "the input gradient of " + subject, call: "dnnl_convolution_backward_data_primitive_desc_create"
    ) {
      dnnl_convolution_backward_data_primitive_desc_create(
        $0, engine.engine, dnnl_convolution_direct, input.handle, anyWeights.handle, output.handle, window.strides,
        window.dilation, window.padding, window.padding, hint.handle, $1)
    }
    return try direction(descriptor, reading: dnnl_query_weights_md) {
      [(DNNL_ARG_DIFF_DST, output), (DNNL_ARG_WEIGHTS, $0), (DNNL_ARG_DIFF_SRC, input)]
    }
  }

  /// Takes input, the output's gradient and the weights' gradient.
  func weightGradient(hint: PrimitiveDescriptor) throws -> ConvolutionDirection {
    let descriptor = try PrimitiveDescriptor(
      "the weight gradient of " + subject, call: "dnnl_convolution_backward_weights_primitive_desc_create"
    ) {
      dnnl_convolution_backward_weights_primitive_desc_create(
        $0, engine.engine, dnnl_convolution_direct, input.handle, anyWeights.handle, nil, output.handle,
        window.strides, window.dilation, window.padding, window.padding, hint.handle, $1)
    }
    return try direction(descriptor, writing: dnnl_query_diff_weights_md) {
      [(DNNL_ARG_SRC, input), (DNNL_ARG_DIFF_DST, output), (DNNL_ARG_DIFF_WEIGHTS, $0)]
    }
  }

  private func direction(
    _ descriptor: PrimitiveDescriptor, reading query: dnnl_query_t,
    _ arguments: (MemoryDescriptor) -> [Primitive.Argument]
  ) throws -> ConvolutionDirection {
    let preferred = try descriptor.memory(query)
    return try direction(descriptor, preferred, arguments(preferred)) {
      try Reorder(from: weights, to: preferred, "the weights of " + subject, on: engine)
    }
  }

  private func direction(
    _ descriptor: PrimitiveDescriptor, writing query: dnnl_query_t,
    _ arguments: (MemoryDescriptor) -> [Primitive.Argument]
  ) throws -> ConvolutionDirection {
    let preferred = try descriptor.memory(query)
    return try direction(descriptor, preferred, arguments(preferred)) {
      try Reorder(from: preferred, to: weights, "the weight gradient of " + subject, on: engine)
    }
  }

  private func direction(
    _ descriptor: PrimitiveDescriptor, _ preferred: MemoryDescriptor, _ arguments: [Primitive.Argument],
    reorder: () throws -> Reorder
  ) throws -> ConvolutionDirection {
    engine.reserve(scratchpad: 0, staging: preferred.bytes)
    return ConvolutionDirection(
      primitive: try Primitive(descriptor, on: engine, arguments: arguments), reorder: try reorder(),
      implementation: descriptor.implementation)
  }
}
