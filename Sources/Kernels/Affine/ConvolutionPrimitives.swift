import COneDNN
import CVectorKernels
import Tensors

/// Strides, dilation and padding as oneDNN takes them (its dilation counts the skipped elements).
struct ConvolutionWindow {
  let strides, dilation, before, after: [dnnl_dim_t]

  /// - Parameter outputPadding: of a transposed convolution: rows and columns of output that no window reaches.
  init(_ geometry: ConvolutionGeometry, outputPadding: (rows: Int, columns: Int) = (0, 0)) {
    let axes = [geometry.rows, geometry.columns]
    strides = axes.map { dnnl_dim_t($0.stride) }
    dilation = axes.map { dnnl_dim_t($0.dilation - 1) }
    before = axes.map { dnnl_dim_t($0.padding) }
    after = zip(axes, [outputPadding.rows, outputPadding.columns]).map { dnnl_dim_t($0.padding - $1) }
  }
}

/// A convolution (cross-correlation); weights in the arena are `[K, C/G, H, W]`.
struct ConvolutionPrimitives: AffinePrimitives {
  let subject: String
  let input, output, weights: MemoryDescriptor
  let bias: MemoryDescriptor?
  private let anyWeights, anyWeightGradient: MemoryDescriptor
  private let geometry: ConvolutionGeometry
  private let window: ConvolutionWindow
  private let engine: Engine

  init(_ geometry: ConvolutionGeometry, hasBias: Bool, type: ElementType, on engine: Engine) throws {
    (self.geometry, self.engine) = (geometry, engine)
    subject = "\(type) \(geometry)"
    input = try .channelsLast(geometry.inputDimensions, type)
    output = try .channelsLast(geometry.outputDimensions, type)
    weights = try .dense(geometry.weightDimensions)
    bias = hasBias ? try .dense([geometry.outputChannels]) : nil
    anyWeights = try .any(geometry.weightDimensions, type)
    anyWeightGradient = try .any(geometry.weightDimensions)
    window = ConvolutionWindow(geometry)
  }

  func forward(training: Bool, activation: Activation) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      subject, call: "dnnl_convolution_forward_primitive_desc_create", activation: activation
    ) {
      dnnl_convolution_forward_primitive_desc_create(
        $0, engine.engine, training ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct,
        input.handle, anyWeights.handle, bias?.handle, output.handle, window.strides, window.dilation, window.before,
        window.after, $1)
    }
  }

  func inputGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      "the input gradient of " + subject, call: "dnnl_convolution_backward_data_primitive_desc_create"
    ) {
      dnnl_convolution_backward_data_primitive_desc_create(
        $0, engine.engine, dnnl_convolution_direct, input.handle, anyWeights.handle, output.handle, window.strides,
        window.dilation, window.before, window.after, hint.handle, $1)
    }
  }

  func weightGradient(hint: PrimitiveDescriptor) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      "the weight gradient of " + subject, call: "dnnl_convolution_backward_weights_primitive_desc_create"
    ) {
      dnnl_convolution_backward_weights_primitive_desc_create(
        $0, engine.engine, dnnl_convolution_direct, input.handle, anyWeightGradient.handle, bias?.handle,
        output.handle, window.strides, window.dilation, window.before, window.after, hint.handle, $1)
    }
  }
}

extension ConvolutionPrimitives {
  func ownForward(_ use: AffineKernel.Use) -> (any ActivationPass)? {
    winograd(use).map { WinogradPass($0, .forward, on: engine) }
  }

  func ownInputGradient(_ use: AffineKernel.Use) -> (any ActivationPass)? {
    winograd(use).map { WinogradPass($0, .inputGradient, on: engine) }
  }

  /// On x86-64 without AVX2 oneDNN's direct convolution may be the faster one.
  private func winograd(_ use: AffineKernel.Use) -> WinogradConvolution? {
    guard use.type == .f32, !use.hasBias, use.activation == .identity else { return nil }
    guard cvk_best_instruction_set() != CVK_BASELINE else { return nil }
    return WinogradConvolution(geometry).flatMap { $0.isWorthwhile ? $0 : nil }
  }

  func ownWeightGradient(_ use: AffineKernel.Use) -> (any WeightGradientPass)? {
    guard !use.hasBias, geometry.groups == 1 else { return nil }
    switch use.type {
    case .f32: return F32WeightGradient(geometry, team: engine.team)
    case .bf16:
      return cvk_bf16_products.ofEngine.map { BF16WeightGradient(geometry, team: engine.team, products: $0) }
    default: return nil
    }
  }
}

extension AffineKernel {
  /// A convolution; `geometry.batch` is the samples of a tile.
  public convenience init(convolution geometry: ConvolutionGeometry, _ use: Use, on engine: Engine) throws {
    let primitives = try ConvolutionPrimitives(geometry, hasBias: use.hasBias, type: use.type, on: engine)
    try self.init(primitives, use, on: engine)
  }
}
