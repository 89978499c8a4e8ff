import Kernels
import Tensors

/// For architectures, which know nothing of kernels.
public typealias ConvolutionAxis = Kernels.ConvolutionAxis

/// A two-dimensional convolution (cross-correlation), `[C, H, W] -> [K, H', W']` with
/// H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, as PyTorch's `Conv2d`. Weights
/// `[K, C / groups, kernel, kernel]`; groups = C is a depthwise convolution. First values: weights as He et al. draw them,
/// bias as PyTorch does, uniform within 1 / sqrt(C / groups kernel kernel).
///
/// A plan lets it take the ReLU that follows.
public struct Convolution: ActivatedOperation {
  public var outputChannels: Int
  public var rows, columns: ConvolutionAxis
  public var groups: Int
  public var hasBias: Bool
  var activation = Activation.identity

  public init(
    outputChannels: Int, rows: ConvolutionAxis, columns: ConvolutionAxis, groups: Int = 1, hasBias: Bool = false
  ) {
    (self.outputChannels, self.rows, self.columns) = (outputChannels, rows, columns)
    (self.groups, self.hasBias) = (groups, hasBias)
  }

  /// A square kernel that slides along both axes alike.
  public init(
    outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1,
    hasBias: Bool = false
  ) {
    let axis = ConvolutionAxis(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    self.init(outputChannels: outputChannels, rows: axis, columns: axis, groups: groups, hasBias: hasBias)
  }

  public var kind: String { kind("convolution") }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    try checkConvolution(inputs, outputChannels: outputChannels, rows, columns, groups: groups)
    let input = inputs[0]
    let (height, width) = (rows.outputExtent(input[1]), columns.outputExtent(input[2]))
    guard height > 0, width > 0 else {
      throw ShapeError(kind, inputs, "a \(rows.reach)x\(columns.reach) kernel does not fit; use larger images")
    }
    return [outputChannels, height, width]
  }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let shape: Shape = [outputChannels, inputs[0][0] / groups, rows.kernel, columns.kernel]
    let weight = ParameterSpecification(
      "weight", shape, .heNormal(fanOut: outputChannels * rows.kernel * columns.kernel), decays: true)
    let fanIn = shape.elements / outputChannels
    return [weight] + (hasBias ? [.bias(outputChannels, fanIn: fanIn)] : [])
  }

  public var memory: MemoryRule { affineMemory }
  public var bf16Support: BF16Support { .whereNative }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    let kernel = try AffineKernel(
      convolution: ConvolutionGeometry(at: site, rows, columns, groups: groups),
      AffineKernel.Use(at: site, hasBias: hasBias, activation: activation), on: site.engine)
    return PreparedAffine(kernel, activation: activation, at: site)
  }
}

extension Operation {
  /// What a convolution and its transpose ask of their sizes.
  func checkConvolution(
    _ inputs: [Shape], outputChannels: Int, _ rows: ConvolutionAxis, _ columns: ConvolutionAxis, groups: Int
  ) throws(ShapeError) {
    let input = inputs[0]
    guard input.rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    for axis in [rows, columns] {
      guard axis.kernel > 0, axis.stride > 0, axis.dilation > 0, axis.padding >= 0 else {
        throw ShapeError(kind, inputs, "kernel, stride and dilation must be positive, padding must not be negative")
      }
    }
    guard groups > 0, outputChannels > 0, input[0] % groups == 0, outputChannels % groups == 0 else {
      throw ShapeError(kind, inputs, "\(input[0]) and \(outputChannels) channels do not divide into \(groups) groups")
    }
  }
}

extension ConvolutionGeometry {
  init(
    at site: Site, _ rows: ConvolutionAxis, _ columns: ConvolutionAxis, groups: Int, isTransposed: Bool = false
  ) {
    let (input, output) = (site.inputShapes[0], site.outputShape)
    self.init(
      batch: site.tile, input: (input[0], input[1], input[2]), output: (output[0], output[1], output[2]), rows: rows,
      columns: columns, groups: groups, isTransposed: isTransposed)
  }
}

extension ParameterSpecification {
  /// As PyTorch draws the bias of convolutions and fully connected layers.
  static func bias(_ outputs: Int, fanIn: Int) -> ParameterSpecification {
    ParameterSpecification("bias", [outputs], .uniform(bound: 1 / Float(fanIn).squareRoot()), decays: false)
  }
}

/// Extent after a sliding window: floor, as everywhere in this field.
func outputExtent(_ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int {
  ConvolutionAxis(kernel: kernel, stride: stride, padding: padding).outputExtent(input)
}
