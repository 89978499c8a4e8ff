/// Outlines as signed distance functions: negative inside, and near the outline the distance to it.
///
/// Each is centred in the plane and about fills the unit circle; y points down, as in pictures. The formulas are those
/// of Inigo Quilez's article "2D distance functions", under the names they have there. All are symmetric under a
/// reflection, so a mirrored picture is of the same class.
package enum SampleShape: String, Hashable, Sendable, CaseIterable {
  case ring, star, square, cross, disc, triangle, heart, moon

  package func distance(_ p: SIMD2<Float>) -> Float {
    switch self {
    case .disc: length(p) - 0.9
    case .square: sdBox(p, half: SIMD2(0.78, 0.78))
    case .triangle: sdEquilateralTriangle(SIMD2(p.x, -p.y), halfSide: 0.98)
    case .star: sdStar5(SIMD2(p.x, -p.y), radius: 1.08, inner: 0.5)
    case .cross: sdCross(p, arm: SIMD2(1, 0.36))
    case .ring: abs(length(p) - 0.71) - 0.25
    case .heart: 1.62 * sdHeart(SIMD2(p.x, 0.92 - p.y) / 1.62)
    case .moon: sdMoon(SIMD2(p.x - 0.226, p.y), shift: 0.62, outer: 1, inner: 0.84)
    }
  }
}

private func length(_ p: SIMD2<Float>) -> Float { dot(p, p).squareRoot() }
private func dot(_ p: SIMD2<Float>, _ q: SIMD2<Float>) -> Float { p.x * q.x + p.y * q.y }
private func clamp(_ value: Float, _ low: Float, _ high: Float) -> Float { min(max(value, low), high) }

/// A box about the origin.
private func sdBox(_ p: SIMD2<Float>, half: SIMD2<Float>) -> Float {
  let d = SIMD2(abs(p.x), abs(p.y)) - half
  return length(SIMD2(max(d.x, 0), max(d.y, 0))) + min(max(d.x, d.y), 0)
}

/// Its centre at the origin, its tip up.
private func sdEquilateralTriangle(_ p: SIMD2<Float>, halfSide r: Float) -> Float {
  let k = Float(3).squareRoot()
  var q = SIMD2(abs(p.x) - r, p.y + r / k)
  if q.x + k * q.y > 0 { q = SIMD2(q.x - k * q.y, -k * q.x - q.y) / 2 }
  q.x -= clamp(q.x, -2 * r, 0)
  return q.y < 0 ? length(q) : -length(q)
}

/// One tip up; `inner` is the inner radius over the outer one.
private func sdStar5(_ p: SIMD2<Float>, radius r: Float, inner: Float) -> Float {
  let k1 = SIMD2<Float>(0.809016994375, -0.587785252292)
  let k2 = SIMD2(-k1.x, k1.y)
  var q = SIMD2(abs(p.x), p.y)
  q -= 2 * max(dot(k1, q), 0) * k1
  q -= 2 * max(dot(k2, q), 0) * k2
  q = SIMD2(abs(q.x), q.y - r)
  let edge = inner * SIMD2(-k1.y, k1.x) - SIMD2(0, 1)
  let along = clamp(dot(q, edge) / dot(edge, edge), 0, r)
  let distance = length(q - edge * along)
  return q.y * edge.x - q.x * edge.y < 0 ? -distance : distance
}

/// Sharp inner corners; `arm` is half the length and half the width of a bar.
private func sdCross(_ p: SIMD2<Float>, arm: SIMD2<Float>) -> Float {
  var q = SIMD2(abs(p.x), abs(p.y))
  if q.y > q.x { q = SIMD2(q.y, q.x) }
  let d = q - arm
  let k = max(d.x, d.y)
  let w = k > 0 ? d : SIMD2(arm.y - q.x, -k)
  let distance = length(SIMD2(max(w.x, 0), max(w.y, 0)))
  return k < 0 ? -distance : distance
}

/// Its tip at the origin, its height about 1.1.
private func sdHeart(_ p: SIMD2<Float>) -> Float {
  let q = SIMD2(abs(p.x), p.y)
  if q.x + q.y > 1 { return length(q - SIMD2(0.25, 0.75)) - Float(2).squareRoot() / 4 }
  let diagonal = 0.5 * max(q.x + q.y, 0)
  let distance = min(length(q - SIMD2(0, 1)), length(q - SIMD2(diagonal, diagonal)))
  return q.x < q.y ? -distance : distance
}

/// A disc at the origin less one at (`shift`, 0).
private func sdMoon(_ p: SIMD2<Float>, shift d: Float, outer: Float, inner: Float) -> Float {
  let q = SIMD2(p.x, abs(p.y))
  let a = (outer * outer - inner * inner + d * d) / (2 * d)
  let b = max(outer * outer - a * a, 0).squareRoot()
  if d * (q.x * b - q.y * a) > d * d * max(b - q.y, 0) { return length(q - SIMD2(a, b)) }
  return max(length(q) - outer, inner - length(q - SIMD2(d, 0)))
}
