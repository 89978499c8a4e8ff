import Tensors

/// The product of two tensors, of one shape or with a second one that has one value for each channel of each sample:
/// `[N, C]` or `[N, C, 1, 1]` for a first one `[N, C, H, W]`.
public struct ReferenceMultiply: Hashable, Sendable {
  public init() {}

  public func forward(_ a: ReferenceTensor, _ b: ReferenceTensor) -> ReferenceTensor {
    var product = a
    for at in a.values.indices { product.values[at] *= b.values[place(at, a, b)] }
    return product
  }

  public func backward(
    _ a: ReferenceTensor, _ b: ReferenceTensor, outputGradient dy: ReferenceTensor
  ) -> (a: ReferenceTensor, b: ReferenceTensor) {
    var gradients = (a: ReferenceTensor(zeros: a.shape), b: ReferenceTensor(zeros: b.shape))
    for at in a.values.indices {
      gradients.a.values[at] = dy.values[at] * b.values[place(at, a, b)]
      gradients.b.values[place(at, a, b)] += dy.values[at] * a.values[at]
    }
    return gradients
  }

  /// Where the factor of an element of `a` lies in `b`.
  private func place(_ at: Int, _ a: ReferenceTensor, _ b: ReferenceTensor) -> Int {
    a.shape == b.shape ? at : at / (a.shape.elements / b.shape.elements)
  }
}
