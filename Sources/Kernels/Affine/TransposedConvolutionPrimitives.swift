import COneDNN
import Tensors

/// A transposed convolution: what a convolution does to the gradient of its input. Weights in the arena are
/// `[C, K/G, H, W]`, those of that convolution.
struct TransposedConvolutionPrimitives: AffinePrimitives {
  let subject: String
  let input, output, weights: MemoryDescriptor
  let bias: MemoryDescriptor?
  private let anyWeights, anyWeightGradient: MemoryDescriptor
  private let window: ConvolutionWindow
  private let engine: Engine

  init(_ geometry: ConvolutionGeometry, hasBias: Bool, type: ElementType, on engine: Engine) throws {
    self.engine = engine
    subject = "\(type) \(geometry)"
    input = try .channelsLast(geometry.inputDimensions, type)
    output = try .channelsLast(geometry.outputDimensions, type)
    weights = try .inputsFirst(geometry.weightDimensions)
    bias = hasBias ? try .dense([geometry.outputChannels]) : nil
    anyWeights = try .any(geometry.weightDimensions, type)
    anyWeightGradient = try .any(geometry.weightDimensions)
    window = ConvolutionWindow(
      geometry,
      outputPadding: (
        geometry.outputHeight - geometry.rows.transposedExtent(geometry.inputHeight, outputPadding: 0),
        geometry.outputWidth - geometry.columns.transposedExtent(geometry.inputWidth, outputPadding: 0)
      ))
  }

  func forward(training: Bool, activation: Activation) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      subject, call: "dnnl_deconvolution_forward_primitive_desc_create", activation: activation
    ) {
      dnnl_deconvolution_forward_primitive_desc_create(
        $0, engine.engine, training ? dnnl_forward_training : dnnl_forward_inference, dnnl_deconvolution_direct,
        input.handle, anyWeights.handle, bias?.handle, output.handle, window.strides, window.dilation, window.before,
        window.after, $1)
    }
  }

  func inputGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      "the input gradient of " + subject, call: "dnnl_deconvolution_backward_data_primitive_desc_create"
    ) {
      dnnl_deconvolution_backward_data_primitive_desc_create(
        $0, engine.engine, dnnl_deconvolution_direct, input.handle, anyWeights.handle, output.handle, window.strides,
        window.dilation, window.before, window.after, hint.handle, $1)
    }
  }

  func weightGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      "the weight gradient of " + subject, call: "dnnl_deconvolution_backward_weights_primitive_desc_create"
    ) {
      dnnl_deconvolution_backward_weights_primitive_desc_create(
        $0, engine.engine, dnnl_deconvolution_direct, input.handle, anyWeightGradient.handle, bias?.handle,
        output.handle, window.strides, window.dilation, window.before, window.after, hint.handle, $1)
    }
  }
}

extension AffineKernel {
  /// A transposed convolution; `geometry.batch` is the samples of a tile.
  public convenience init(transposedConvolution geometry: ConvolutionGeometry, _ use: Use, on engine: Engine) throws {
    let primitives = try TransposedConvolutionPrimitives(geometry, hasBias: use.hasBias, type: use.type, on: engine)
    try self.init(primitives, use, on: engine)
  }
}
