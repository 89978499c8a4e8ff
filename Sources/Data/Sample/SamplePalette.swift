import Foundation
import Tensors

/// Red, green and blue, 0 to 1.
package typealias SampleColor = SIMD3<Float>

/// The colours of one picture. They are drawn without looking at the class, so they say nothing about it.
package struct SamplePalette: Sendable, Equatable {
  /// The background changes from one to the other.
  package let grounds: [SampleColor]
  /// What the shape is painted with; the second is for textures.
  package let paints: [SampleColor]

  /// Background, first and second paint are a dark, a middle and a light colour in random order, so that shape and
  /// texture can be seen, also in a grayscale file.
  package init(_ random: inout KeyedRandom) {
    let tones = Tone.allCases.shuffled(using: &random)
    grounds = [tones[0].color(&random), tones[0].color(&random)]
    paints = [tones[1].color(&random), tones[2].color(&random)]
  }

  /// Any colour the palette could have.
  package static func anyColor(_ random: inout KeyedRandom) -> SampleColor {
    Tone.allCases.randomElement(using: &random)!.color(&random)
  }
}

private enum Tone: CaseIterable {
  case dark, middle, light

  private var luma: Range<Double> {
    switch self {
    case .dark: 0.12..<0.28
    case .middle: 0.42..<0.58
    case .light: 0.72..<0.88
    }
  }

  /// A colour of this tone, any hue, from gray to vivid: polar coordinates in JPEG's chroma plane (ITU-T T.871).
  func color(_ random: inout KeyedRandom) -> SampleColor {
    let y = random.float(luma)
    let hue = random.float(0..<2 * .pi)
    let saturation = random.float(0..<0.3)
    let cb = saturation * cos(hue)
    let cr = saturation * sin(hue)
    let color = SampleColor(y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb)
    return color.clamped(lowerBound: .zero, upperBound: .one)
  }
}

extension KeyedRandom {
  /// Uniform in `range`.
  mutating func float(_ range: Range<Double>) -> Float { Float(uniform(in: range)) }

  /// True in `share` of all cases.
  mutating func happens(_ share: Double) -> Bool { uniform() < share }
}

/// `a` where `share` is 0, `b` where it is 1.
func mix(_ a: SampleColor, _ b: SampleColor, _ share: Float) -> SampleColor { a + (b - a) * share }
