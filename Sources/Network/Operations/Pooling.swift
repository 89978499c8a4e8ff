import Kernels
import Tensors

/// The maximum over a sliding square window, `[C, H, W] -> [C, H', W']`. Padding never wins, and is at most half the
/// window, so that no window is all padding.
public struct MaxPooling: Operation {
  public var kernel, stride, padding: Int

  public init(kernel: Int, stride: Int, padding: Int = 0) {
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
  }

  public var kind: String { "max pooling" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    guard 2 * padding <= kernel else {
      throw ShapeError(kind, inputs, "padding of \(padding) is more than half of the \(kernel)x\(kernel) window")
    }
    let height = outputExtent(input[1], kernel, stride, padding)
    let width = outputExtent(input[2], kernel, stride, padding)
    guard height > 0, width > 0 else {
      throw ShapeError(kind, inputs, "a \(kernel)x\(kernel) window does not fit; use larger images")
    }
    return [input[0], height, width]
  }

  public var memory: MemoryRule { MemoryRule() }

  public func workspaceBytes(for inputs: [Shape], batch: Int) -> Int {
    guard let output = try? outputShape(of: inputs) else { return 0 }
    return PoolingKernel.workspaceBytes(geometry(inputs[0], output, batch: batch))
  }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    try PreparedPooling(geometry(site.inputShapes[0], site.outputShape, batch: site.batch), at: site)
  }

  private func geometry(_ input: Shape, _ output: Shape, batch: Int) -> PoolingGeometry {
    PoolingGeometry(
      .maximum, batch: batch, channels: input[0], input: (input[1], input[2]), output: (output[1], output[2]),
      kernel: (kernel, kernel), stride: stride, padding: padding)
  }
}

/// The mean over height and width, `[C, H, W] -> [C]`.
public struct GlobalAveragePooling: Operation {
  public init() {}

  public var kind: String { "global average pooling" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    return [inputs[0][0]]
  }

  public var memory: MemoryRule { MemoryRule() }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    let input = site.inputShapes[0]
    let geometry = PoolingGeometry(
      .average, batch: site.batch, channels: input[0], input: (input[1], input[2]), output: (1, 1),
      kernel: (input[1], input[2]), stride: 1, padding: 0)
    return try PreparedPooling(geometry, at: site)
  }
}

private final class PreparedPooling: PreparedOperation {
  private let site: Site
  private let kernel: PoolingKernel

  init(_ geometry: PoolingGeometry, at site: Site) throws {
    self.site = site
    kernel = try PoolingKernel(geometry, training: site.isTraining, on: site.engine)
  }

  func forward() throws {
    try kernel.forward(input: site.inputs[0], output: site.output, workspace: site.workspace)
  }

  func backward() throws {
    guard let inputGradient = site.inputGradients[0] else { return }
    try kernel.backward(
      outputGradient: site.outputGradient!, inputGradient: inputGradient, workspace: site.workspace)
  }
}
