import Tensors

/// y[n, k] = Σ_c w[k, c] x[n, c].
public struct ReferenceLinear: Hashable, Sendable {
  public init() {}

  public struct Gradients: Hashable, Sendable {
    public var input, weights: ReferenceTensor
  }

  public func forward(_ x: ReferenceTensor, weights w: ReferenceTensor) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: [x.shape[0], w.shape[0]])
    for n in 0..<x.shape[0] {
      for k in 0..<w.shape[0] {
        y[n, k] = (0..<x.shape[1]).reduce(0) { $0 + w[k, $1] * x[n, $1] }
      }
    }
    return y
  }

  public func backward(
    input x: ReferenceTensor, weights w: ReferenceTensor, outputGradient dy: ReferenceTensor
  ) -> Gradients {
    var gradients = Gradients(
      input: ReferenceTensor(zeros: x.shape), weights: ReferenceTensor(zeros: w.shape))
    for n in 0..<x.shape[0] {
      for k in 0..<w.shape[0] {
        for c in 0..<x.shape[1] {
          gradients.input[n, c] += w[k, c] * dy[n, k]
          gradients.weights[k, c] += x[n, c] * dy[n, k]
        }
      }
    }
    return gradients
  }
}
