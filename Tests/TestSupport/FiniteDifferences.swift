/// The gradient of `loss` at `point` by central differences, one coordinate at a time.
///
/// In Double, with values of about 1, its own error is about 1e-10. A kink of the loss within `step` of the point
/// spoils it.
public func finiteDifferences(
  at point: [Double], step: Double = 1e-5, _ loss: ([Double]) throws -> Double
) rethrows -> [Double] {
  var moved = point
  return try point.indices.map { index in
    moved[index] = point[index] + step
    let above = try loss(moved)
    moved[index] = point[index] - step
    let below = try loss(moved)
    moved[index] = point[index]
    return (above - below) / (2 * step)
  }
}

/// Σ a b: with random `b`, a loss that depends on every value of `a` differently.
public func weightedSum(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
