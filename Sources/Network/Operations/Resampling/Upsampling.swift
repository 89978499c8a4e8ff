import Kernels
import Tensors

/// A feature map of another height and width, `[C, H, W] -> [C, H', W']`, as PyTorch's `interpolate`. Sizes may shrink too;
/// then pixels are left out, not averaged.
public struct Upsampling: Operation {
  public enum Method: Hashable, Sendable {
    /// The pixel at floor(o s), with o a coordinate of the output and s the ratio of input to output size.
    case nearest
    /// Between the two nearest pixels of each axis. With aligned corners the centres of the corner pixels stay where they
    /// are; else the outer edges do.
    case bilinear(alignsCorners: Bool)
  }

  public enum Size: Hashable, Sendable {
    case pixels(height: Int, width: Int)
    /// H' = floor(H rows), and likewise for columns. Coordinates are divided by the factor itself, also where H' was rounded.
    case factor(rows: Double, columns: Double)
  }

  public var method: Method
  public var size: Size

  public init(_ method: Method, to size: Size) {
    (self.method, self.size) = (method, size)
  }

  /// Both axes by one factor.
  public init(_ method: Method, factor: Double) {
    self.init(method, to: .factor(rows: factor, columns: factor))
  }

  public var kind: String {
    switch method {
    case .nearest: "nearest upsampling"
    case .bilinear: "bilinear upsampling"
    }
  }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    let (rows, columns) = axes(inputs[0])
    guard rows.outputs > 0, columns.outputs > 0 else {
      throw ShapeError(
        kind, inputs, "an output of \(rows.outputs)x\(columns.outputs) is empty; use a larger factor or size")
    }
    return [inputs[0][0], rows.outputs, columns.outputs]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation {
    let (rows, columns) = axes(site.inputShapes[0])
    return PreparedLinearMap(rows: rows.weights(method), columns: columns.weights(method), at: site)
  }

  private func axes(_ input: Shape) -> (rows: ResampledAxis, columns: ResampledAxis) {
    switch size {
    case .pixels(let height, let width):
      (ResampledAxis(inputs: input[1], outputs: height), ResampledAxis(inputs: input[2], outputs: width))
    case .factor(let rows, let columns):
      (ResampledAxis(inputs: input[1], factor: rows), ResampledAxis(inputs: input[2], factor: columns))
    }
  }
}
