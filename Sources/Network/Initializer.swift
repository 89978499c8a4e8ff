import Tensors

/// How a parameter gets its first values.
public enum Initializer: Hashable, Sendable {
  case constant(Float)
  /// Normal with standard deviation sqrt(2 / fanOut): He et al. 2015, "Delving Deep into Rectifiers", for layers before a
  /// ReLU, in the form that preserves the gradient's variance.
  case heNormal(fanOut: Int)
  /// Uniform in ±bound.
  case uniform(bound: Float)

  /// Fills `values` as a function of (seed, name): equal on every rank.
  public func fill(_ values: UnsafeMutableBufferPointer<Float>, seed: UInt64, name: String) {
    var random = KeyedRandom(
      seed: seed, purpose: .initialization, index: Int(truncatingIfNeeded: Digest(of: name).value))
    switch self {
    case .constant(let value):
      values.update(repeating: value)
    case .heNormal(let fanOut):
      let deviation = (2 / Double(fanOut)).squareRoot()
      for index in values.indices { values[index] = Float(deviation * random.normal()) }
    case .uniform(let bound):
      for index in values.indices { values[index] = Float(random.uniform(in: -Double(bound)..<Double(bound))) }
    }
  }
}
