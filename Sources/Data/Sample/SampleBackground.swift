import Foundation
import Tensors

/// What lies behind the object: two colours that run into each other along a line and in clouds.
package struct SampleBackground: Sendable {
  private let grounds: [SampleColor]
  /// How much of the second colour comes with a step of the picture's shorter side.
  private let gradient: SIMD2<Float>
  private let clouds: [ValueNoise]

  package init(grounds: [SampleColor], _ random: inout KeyedRandom) {
    self.grounds = grounds
    let angle = random.float(0..<2 * .pi)
    gradient = random.float(0..<1) * SIMD2(cos(angle), sin(angle))
    let coarse = ValueNoise(cells: Int.random(in: 2...5, using: &random), strength: random.float(0..<0.7), &random)
    let fine = ValueNoise(cells: Int.random(in: 6...12, using: &random), strength: random.float(0..<0.3), &random)
    clouds = [coarse, fine]
  }

  /// - Parameter p: a place in units of the picture's shorter side, from the middle of the picture.
  package func color(_ p: SIMD2<Float>) -> SampleColor {
    var share = 0.5 + (gradient * p).sum()
    for noise in clouds { share += noise.value(p) }
    return mix(grounds[0], grounds[1], min(max(share, 0), 1))
  }
}

/// Random values on a square lattice, smoothly interpolated (value noise; Perlin's cubic fade).
private struct ValueNoise: Sendable {
  private let cells: Int
  private let side: Int
  private let values: [Float]

  /// - Parameters:
  ///   - cells: lattice cells along the picture's shorter side.
  ///   - strength: values lie in -`strength`...`strength`.
  init(cells: Int, strength: Float, _ random: inout KeyedRandom) {
    self.cells = cells
    side = 2 * cells + 2
    values = (0..<side * side).map { _ in strength * random.float(-1..<1) }
  }

  /// Defined within one shorter side of the middle; further out the lattice repeats.
  func value(_ p: SIMD2<Float>) -> Float {
    let place = (p + 1) * Float(cells)
    let corner = place.rounded(.down)
    let column = wrapped(Int(corner.x))
    let row = wrapped(Int(corner.y))
    let fade = smooth(place - corner)
    let above = row * side
    let below = wrapped(row + 1) * side
    let next = wrapped(column + 1)
    let top = values[above + column] + fade.x * (values[above + next] - values[above + column])
    let bottom = values[below + column] + fade.x * (values[below + next] - values[below + column])
    return top + fade.y * (bottom - top)
  }

  private func wrapped(_ index: Int) -> Int { (index % side + side) % side }

  private func smooth(_ t: SIMD2<Float>) -> SIMD2<Float> { t * t * (3 - 2 * t) }
}
