import COneDNN

/// The sizes of a two-dimensional pooling over a batch.
public struct PoolingGeometry: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable { case maximum, average }

  public var kind: Kind
  public var batch, channels: Int
  public var inputHeight, inputWidth, outputHeight, outputWidth: Int
  public var kernelHeight, kernelWidth, stride, padding: Int

  public init(
    _ kind: Kind, batch: Int, channels: Int, input: (height: Int, width: Int), output: (height: Int, width: Int),
    kernel: (height: Int, width: Int), stride: Int, padding: Int
  ) {
    (self.kind, self.batch, self.channels) = (kind, batch, channels)
    (inputHeight, inputWidth) = input
    (outputHeight, outputWidth) = output
    (kernelHeight, kernelWidth) = kernel
    (self.stride, self.padding) = (stride, padding)
  }

  public var description: String {
    "\(kind) pooling \(channels)x\(inputHeight)x\(inputWidth) -> \(channels)x\(outputHeight)x\(outputWidth)"
      + " (kernel \(kernelHeight)x\(kernelWidth), stride \(stride), padding \(padding), batch \(batch))"
  }
}

/// Maximum or average pooling, forward and backward, on f32 `[N, C, H, W]` stored channels last.
/// An average leaves padding out of its count.
public final class PoolingKernel {
  private let forwardPrimitive: Primitive
  private let backwardPrimitive: Primitive?
  private let hasWorkspace: Bool

  public init(_ geometry: PoolingGeometry, training: Bool, on engine: Engine) throws {
    let subject = geometry.description
    let input = try MemoryDescriptor.channelsLast(
      [geometry.batch, geometry.channels, geometry.inputHeight, geometry.inputWidth])
    let output = try MemoryDescriptor.channelsLast(
      [geometry.batch, geometry.channels, geometry.outputHeight, geometry.outputWidth])
    let strides = [dnnl_dim_t](repeating: dnnl_dim_t(geometry.stride), count: 2)
    let kernel = [dnnl_dim_t(geometry.kernelHeight), dnnl_dim_t(geometry.kernelWidth)]
    let dilation: [dnnl_dim_t] = [0, 0]
    let (before, after) = PoolingKernel.padding(geometry)
    let algorithm = geometry.kind == .maximum ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding

    let forward = try PrimitiveDescriptor(subject, call: "dnnl_pooling_forward_primitive_desc_create") {
      dnnl_pooling_forward_primitive_desc_create(
        $0, engine.engine, training ? dnnl_forward_training : dnnl_forward_inference, algorithm, input.handle,
        output.handle, strides, kernel, dilation, before, after, $1)
    }
    hasWorkspace = training && geometry.kind == .maximum
    let workspace: [Primitive.Argument] =
      hasWorkspace ? [(DNNL_ARG_WORKSPACE, try forward.memory(dnnl_query_workspace_md))] : []
    precondition(
      !hasWorkspace || forward.bytes(dnnl_query_workspace_md) <= PoolingKernel.workspaceBytes(geometry),
      "oneDNN wants more workspace for \(subject) than was planned")
    forwardPrimitive = try Primitive(
      forward, on: engine, arguments: [(DNNL_ARG_SRC, input), (DNNL_ARG_DST, output)] + workspace)

    guard training else {
      backwardPrimitive = nil
      return
    }
    let backward = try PrimitiveDescriptor(
      "the gradient of " + subject, call: "dnnl_pooling_backward_primitive_desc_create"
    ) {
      dnnl_pooling_backward_primitive_desc_create(
        $0, engine.engine, algorithm, input.handle, output.handle, strides, kernel, dilation, before, after,
        forward.handle, $1)
    }
    backwardPrimitive = try Primitive(
      backward, on: engine, arguments: [(DNNL_ARG_DIFF_DST, output), (DNNL_ARG_DIFF_SRC, input)] + workspace)
  }

  /// Bytes that forward keeps for backward: for each maximum where it was, at most four bytes.
  public static func workspaceBytes(_ geometry: PoolingGeometry) -> Int {
    guard geometry.kind == .maximum else { return 0 }
    return geometry.batch * geometry.channels * geometry.outputHeight * geometry.outputWidth * 4
  }

  /// Padding above and left, and as much below and right as the last window needs.
  private static func padding(_ geometry: PoolingGeometry) -> (before: [dnnl_dim_t], after: [dnnl_dim_t]) {
    func after(_ input: Int, _ output: Int, _ kernel: Int) -> Int {
      (output - 1) * geometry.stride + kernel - input - geometry.padding
    }
    return (
      [dnnl_dim_t](repeating: dnnl_dim_t(geometry.padding), count: 2),
      [
        dnnl_dim_t(after(geometry.inputHeight, geometry.outputHeight, geometry.kernelHeight)),
        dnnl_dim_t(after(geometry.inputWidth, geometry.outputWidth, geometry.kernelWidth)),
      ]
    )
  }

  /// - Parameter workspace: `workspaceBytes` bytes when training, kept until backward.
  public func forward(
    input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>, workspace: UnsafeMutableRawPointer?
  ) throws {
    if hasWorkspace {
      try forwardPrimitive.run(input, output, workspace)
    } else {
      try forwardPrimitive.run(input, output)
    }
  }

  public func backward(
    outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutableRawPointer?
  ) throws {
    guard let backwardPrimitive else { preconditionFailure("prepared without a gradient") }
    if hasWorkspace {
      try backwardPrimitive.run(outputGradient, inputGradient, workspace)
    } else {
      try backwardPrimitive.run(outputGradient, inputGradient)
    }
  }
}
