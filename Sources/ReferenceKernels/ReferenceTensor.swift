import Tensors

/// A dense tensor of Double in row-major order; feature maps are `[N, C, H, W]`, vectors `[N, C]`.
///
/// What the fast kernels are compared with. Nothing here is fast, and nothing should be.
public struct ReferenceTensor: Hashable, Sendable {
  public let shape: Shape
  public var values: [Double]

  /// Traps when the count of values is not the shape's.
  public init(_ shape: Shape, _ values: [Double]) {
    precondition(values.count == shape.elements, "\(values.count) values for a tensor \(shape)")
    (self.shape, self.values) = (shape, values)
  }

  public init(zeros shape: Shape) {
    self.init(shape, Array(repeating: 0, count: shape.elements))
  }

  public subscript(n: Int, c: Int, h: Int, w: Int) -> Double {
    get { values[offset(n, c, h, w)] }
    set { values[offset(n, c, h, w)] = newValue }
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[row * shape[1] + column] }
    set { values[row * shape[1] + column] = newValue }
  }

  func offset(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> Int {
    ((n * shape[1] + c) * shape[2] + h) * shape[3] + w
  }

  public static func + (left: Self, right: Self) -> Self {
    precondition(left.shape == right.shape, "\(left.shape) + \(right.shape)")
    return ReferenceTensor(left.shape, zip(left.values, right.values).map { $0 + $1 })
  }
}
