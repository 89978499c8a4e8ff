import Tensors

/// Dropout, given which elements stay.
public struct ReferenceDropout: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// What falls becomes zero, and what stays is divided by the probability of staying.
    case zero
    /// What falls becomes SELU's limit -α'; then a x + b with a = ((1 - p) (1 + p α'²))^(-1/2), b = a p α'. Klambauer et
    /// al. 2017, "Self-Normalizing Neural Networks", section 3.
    case alpha
  }

  public var kind: Kind
  /// Of falling, below 1.
  public var probability: Double

  public init(_ kind: Kind, probability: Double) { (self.kind, self.probability) = (kind, probability) }

  /// SELU's scale times its alpha.
  private let limit = 1.7580993408473766

  private var scale: Double {
    switch kind {
    case .zero: 1 / (1 - probability)
    case .alpha: 1 / ((1 - probability) * (1 + probability * limit * limit)).squareRoot()
    }
  }

  public func forward(_ x: ReferenceTensor, stays: [Bool]) -> ReferenceTensor {
    let values = zip(x.values, stays).map { x, stays in
      switch kind {
      case .zero: stays ? scale * x : 0
      case .alpha: scale * (stays ? x : -limit) + scale * probability * limit
      }
    }
    return ReferenceTensor(x.shape, values)
  }

  public func backward(outputGradient dy: ReferenceTensor, stays: [Bool]) -> ReferenceTensor {
    ReferenceTensor(dy.shape, zip(dy.values, stays).map { $1 ? scale * $0 : 0 })
  }
}
