/// The sum of two tensors of one shape; both have its gradient.
public struct ReferenceAdd: Hashable, Sendable {
  public init() {}

  public func forward(_ a: ReferenceTensor, _ b: ReferenceTensor) -> ReferenceTensor { a + b }

  public func backward(outputGradient dy: ReferenceTensor) -> (a: ReferenceTensor, b: ReferenceTensor) { (dy, dy) }
}
