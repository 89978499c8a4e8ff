import Data
import Testing

@Suite struct SampleShapeTests {
  private static let step: Float = 0.02
  private static let axis = stride(from: Float(-1.5), through: 1.5, by: step)
  private static let places = axis.flatMap { y in axis.map { x in SIMD2(x, y) } }

  @Test(arguments: SampleShape.allCases)
  func fillsTheUnitCircleAndLittleMore(_ shape: SampleShape) {
    let inside = Self.places.filter { shape.distance($0) < 0 }
    let area = Float(inside.count) * Self.step * Self.step
    #expect(area > 0.9 && area < .pi, "area \(area)")
    let reach = inside.map { ($0 * $0).sum().squareRoot() }.max() ?? 0
    #expect(reach > 0.85 && reach < 1.2, "reach \(reach)")
  }

  /// A distance changes by one per unit of length in the direction in which it changes fastest.
  @Test(arguments: SampleShape.allCases)
  func isADistanceNearTheOutline(_ shape: SampleShape) {
    let h: Float = 1e-3
    let slopes = Self.places.filter { abs(shape.distance($0)) < 0.08 }.map { p in
      let dx = shape.distance(p + SIMD2(h, 0)) - shape.distance(p - SIMD2(h, 0))
      let dy = shape.distance(p + SIMD2(0, h)) - shape.distance(p - SIMD2(0, h))
      return (dx * dx + dy * dy).squareRoot() / (2 * h)
    }
    let right = slopes.filter { abs($0 - 1) < 0.02 }
    #expect(slopes.count > 500)
    // The rest lies where two sides are equally near.
    #expect(Float(right.count) > 0.95 * Float(slopes.count), "\(right.count) of \(slopes.count)")
  }

  @Test(arguments: SampleShape.allCases)
  func isItsOwnMirrorImage(_ shape: SampleShape) {
    let mirrors: [SIMD2<Float>] = [SIMD2(-1, 1), SIMD2(1, -1)]
    let symmetric = mirrors.contains { mirror in
      Self.places.allSatisfy { abs(shape.distance($0) - shape.distance(mirror * $0)) < 1e-4 }
    }
    #expect(symmetric)
  }

  @Test func noTwoShapesAreAlike() {
    let masks = SampleShape.allCases.map { shape in Self.places.map { shape.distance($0) < 0 } }
    for first in masks.indices {
      for second in masks.indices where second > first {
        let different = zip(masks[first], masks[second]).count { $0 != $1 }
        let area = Float(different) * Self.step * Self.step
        #expect(area > 0.25, "\(SampleShape.allCases[first]) and \(SampleShape.allCases[second])")
      }
    }
  }

  @Test(arguments: zip(SampleTexture.allCases, [0, 0.5, 0.5, Float.pi * 0.31 * 0.31]))
  func shareOfTheSecondPaint(_ texture: SampleTexture, _ expected: Float) {
    let second = Self.places.count { texture.distance($0, pitch: 0.5) < 0 }
    #expect(abs(Float(second) / Float(Self.places.count) - expected) < 0.04)
  }
}
