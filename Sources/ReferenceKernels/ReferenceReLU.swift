/// y = max(x, 0); its gradient passes where the input is positive.
public struct ReferenceReLU: Hashable, Sendable {
  public init() {}

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(x.shape, x.values.map { max($0, 0) })
  }

  public func backward(input x: ReferenceTensor, outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(x.shape, zip(x.values, dy.values).map { $0 > 0 ? $1 : 0 })
  }
}
