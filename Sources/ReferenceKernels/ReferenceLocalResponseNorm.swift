import Foundation
import Tensors

/// y[c] = x[c] w[c]^-beta with w[c] = k + alpha / size Σ x[j]² over the channels j in c - size / 2 ... c + (size - 1) / 2 that
/// exist, `[N, C, H, W]`.
public struct ReferenceLocalResponseNorm: Hashable, Sendable {
  public var size: Int
  public var alpha, beta, k: Double

  public init(size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
  }

  private func window(_ c: Int, channels: Int) -> Range<Int> {
    max(0, c - size / 2)..<min(channels, c + (size - 1) / 2 + 1)
  }

  /// w of every value.
  private func bases(_ x: ReferenceTensor) -> ReferenceTensor {
    var w = x
    forEachValue(x.shape) { n, c, h, s in
      let squares = window(c, channels: x.shape[1]).reduce(0) { $0 + x[n, $1, h, s] * x[n, $1, h, s] }
      w[n, c, h, s] = k + alpha / Double(size) * squares
    }
    return w
  }

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    let w = bases(x)
    return ReferenceTensor(x.shape, zip(x.values, w.values).map { $0 * pow($1, -beta) })
  }

  /// dx[i] = dy[i] w[i]^-beta - Σ dy[c] x[c] beta w[c]^(-beta - 1) 2 alpha / size x[i] over the c whose windows hold i.
  public func backward(input x: ReferenceTensor, outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    let w = bases(x)
    var dx = ReferenceTensor(zeros: x.shape)
    forEachValue(x.shape) { n, c, h, s in
      let base = w[n, c, h, s]
      dx[n, c, h, s] += dy[n, c, h, s] * pow(base, -beta)
      let toWindow = dy[n, c, h, s] * x[n, c, h, s] * beta * pow(base, -beta - 1) * 2 * alpha / Double(size)
      for i in window(c, channels: x.shape[1]) { dx[n, i, h, s] -= toWindow * x[n, i, h, s] }
    }
    return dx
  }

  private func forEachValue(_ shape: Shape, _ body: (Int, Int, Int, Int) -> Void) {
    for n in 0..<shape[0] {
      for c in 0..<shape[1] {
        for h in 0..<shape[2] {
          for s in 0..<shape[3] { body(n, c, h, s) }
        }
      }
    }
  }
}
