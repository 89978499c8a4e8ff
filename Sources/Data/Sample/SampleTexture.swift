/// How a shape is painted with two paints: a signed distance function of the plane, negative where the second paint is.
package enum SampleTexture: String, Hashable, Sendable, CaseIterable {
  case plain, striped, checked, dotted

  /// - Parameters:
  ///   - p: a place, where the shape about fills the unit circle.
  ///   - pitch: the distance between repetitions.
  package func distance(_ p: SIMD2<Float>, pitch: Float) -> Float {
    switch self {
    case .plain:
      .infinity
    case .striped:
      toEdge(p.x, pitch: pitch)
    case .checked:
      checks(toEdge(p.x, pitch: 1.2 * pitch), toEdge(p.y, pitch: 1.2 * pitch))
    case .dotted:
      dot(toCentre(p.x, pitch: pitch), toCentre(p.y, pitch: pitch)) - 0.31 * pitch
    }
  }
}

/// The offset from the centre of the cell of width `pitch` that holds `x`.
private func toCentre(_ x: Float, pitch: Float) -> Float {
  x - pitch * (x / pitch).rounded()
}

/// Bands of half a pitch, in turn: the distance to the nearest edge, negative in every second band.
private func toEdge(_ x: Float, pitch: Float) -> Float {
  abs(toCentre(x, pitch: pitch)) - pitch / 4
}

private func checks(_ x: Float, _ y: Float) -> Float {
  let distance = min(abs(x), abs(y))
  return (x < 0) == (y < 0) ? distance : -distance
}

private func dot(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }
