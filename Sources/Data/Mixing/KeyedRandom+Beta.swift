import Foundation
import Tensors

extension KeyedRandom {
  /// From Beta(alpha, alpha): the share of one of two Gamma(alpha) variables in their sum, by logarithms since both may be too
  /// small for a Double.
  mutating func beta(_ alpha: Double) -> Double {
    let (first, second) = (logGamma(alpha), logGamma(alpha))
    return 1 / (1 + exp(second - first))
  }

  /// The logarithm of a variable from Gamma(shape, 1). Source: Marsaglia and Tsang, "A Simple Method for Generating Gamma
  /// Variables", 2000; shapes below 1 by their section 6.
  private mutating func logGamma(_ shape: Double) -> Double {
    if shape < 1 { return logGamma(shape + 1) + log(1 - uniform()) / shape }
    let d = shape - 1.0 / 3
    while true {
      let x = normal()
      let v = 1 + x / (9 * d).squareRoot()
      guard v > 0 else { continue }
      let cube = v * v * v
      if log(1 - uniform()) < 0.5 * x * x + d - d * cube + d * log(cube) { return log(d * cube) }
    }
  }
}
