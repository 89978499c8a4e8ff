import Foundation
import Tensors

/// Everything that is decided about one picture before it is drawn: a function of (specification, image).
///
/// Only `object.content` depends on the class; all else is drawn from the same distribution for every class. Lengths
/// are in units of the picture's shorter side, places are measured from its middle, and y points down.
package struct SampleScene: Sendable {
  package let width: Int
  package let height: Int
  package let background: SampleBackground
  package let strokes: [SampleStroke]
  package let object: SampleObject
  /// The largest change of a pixel by noise, 0 to 1.
  package let noise: Float
  package let file: JPEGEncoder.Options
  /// Where the noise's random numbers go on.
  package let random: KeyedRandom

  package init(_ specification: SampleSpecification, _ image: SampleImage) {
    var random = KeyedRandom(
      seed: specification.seed, purpose: .drawing, epoch: image.split.rawValue, index: image.index)
    let size = Double(specification.size)
    width = Int(random.uniform(in: 0.75 * size..<1.5 * size).rounded())
    height = Int(random.uniform(in: 0.75 * size..<1.5 * size).rounded())
    let palette = SamplePalette(&random)
    background = SampleBackground(grounds: palette.grounds, &random)
    strokes = (0..<Int.random(in: 1...4, using: &random)).map { _ in SampleStroke(&random) }
    object = SampleObject(specification.sampleClass(of: image), paints: palette.paints, &random)
    noise = random.float(0..<0.08)
    file = Self.file(&random)
    self.random = random
  }

  /// Mostly what cameras write, and now and then one of the other forms that real data sets have too.
  private static func file(_ random: inout KeyedRandom) -> JPEGEncoder.Options {
    var file = JPEGEncoder.Options(quality: Int.random(in: 75...95, using: &random))
    switch random.uniform() {
    case ..<0.03: file.subsampling = .grayscale
    case ..<0.06: file.progressive = true
    case ..<0.09: file.subsampling = .none
    case ..<0.12: file.subsampling = .twoByOne
    default: break
    }
    return file
  }
}

/// A line that is there to distract.
package struct SampleStroke: Sendable {
  package let start: SIMD2<Float>
  package let end: SIMD2<Float>
  package let halfWidth: Float
  package let color: SampleColor
  package let isInFront: Bool

  package init(_ random: inout KeyedRandom) {
    start = SIMD2(random.float(-0.7..<0.7), random.float(-0.7..<0.7))
    let angle = random.float(0..<2 * .pi)
    end = start + random.float(0..<0.8) * SIMD2(cos(angle), sin(angle))
    halfWidth = random.float(0.005..<0.018)
    color = SamplePalette.anyColor(&random)
    isInFront = random.happens(0.2)
  }

  /// The distance from the outline, negative inside: Inigo Quilez's `sdSegment`, rounded.
  package func distance(_ p: SIMD2<Float>) -> Float {
    let toPoint = p - start
    let whole = end - start
    let along = min(max((toPoint * whole).sum() / max((whole * whole).sum(), 1e-6), 0), 1)
    let offset = toPoint - whole * along
    return (offset * offset).sum().squareRoot() - halfWidth
  }
}

/// The shape that gives the picture its class, and how it lies in the picture.
package struct SampleObject: Sendable {
  package let content: SampleClass
  package let paints: [SampleColor]
  package let radius: Float
  package let centre: SIMD2<Float>
  /// From the picture to the shape's own coordinates, and from those to the texture's.
  private let toShape: Rotation
  private let toTexture: Rotation
  private let stretch: SIMD2<Float>
  private let phase: SIMD2<Float>
  private let pitch: Float
  /// How much lighter or darker the object gets from its centre to its rim.
  private let shading: SIMD2<Float>

  package init(_ content: SampleClass, paints: [SampleColor], _ random: inout KeyedRandom) {
    self.content = content
    self.paints = paints
    radius = random.float(0.3..<0.46)
    // A large object stays where it can be seen whole, also when the picture is cropped to its middle.
    let slack = Double(0.47 - radius)
    centre = SIMD2(random.float(-slack..<slack), random.float(-slack..<slack))
    toShape = Rotation(random.float(-0.5..<0.5))
    toTexture = Rotation(random.float(0..<2 * .pi))
    let squeeze = random.float(0.85..<1)
    stretch = random.happens(0.5) ? SIMD2(squeeze, 1) : SIMD2(1, squeeze)
    phase = SIMD2(random.float(0..<1), random.float(0..<1))
    pitch = random.float(0.46..<0.62)
    let light = random.float(0..<2 * .pi)
    shading = random.float(0..<0.12) * SIMD2(cos(light), sin(light))
  }

  /// A place of the picture in the shape's own coordinates, where the shape about fills the unit circle.
  package func local(_ p: SIMD2<Float>) -> SIMD2<Float> {
    toShape.apply((p - centre) / radius) / stretch
  }

  /// The colour at a place of the shape; `blur` is the width of a pixel there.
  package func color(local p: SIMD2<Float>, blur: Float) -> SampleColor {
    let distance = content.texture.distance(toTexture.apply(p) + phase, pitch: pitch)
    return mix(paints[0], paints[1], coverage(distance, blur: blur)) + (shading * p).sum()
  }
}

/// How much of a pixel of width `blur` lies inside an outline that is `distance` away.
func coverage(_ distance: Float, blur: Float) -> Float {
  min(max(0.5 - distance / blur, 0), 1)
}

private struct Rotation: Sendable {
  private let cosine: Float
  private let sine: Float

  init(_ angle: Float) {
    cosine = cos(angle)
    sine = sin(angle)
  }

  func apply(_ p: SIMD2<Float>) -> SIMD2<Float> {
    SIMD2(cosine * p.x - sine * p.y, sine * p.x + cosine * p.y)
  }
}
