import Foundation

/// Where the pixels of a moved image come from: the pixel with its centre at (x, y) is taken from (a x + b y + c, d x + e y + f)
/// of the image before, both in pixels from the upper left corner.
public struct AffineMap: Hashable, Sendable {
  public var (a, b, c) = (1.0, 0.0, 0.0)
  public var (d, e, f) = (0.0, 1.0, 0.0)

  public init(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double) {
    ((self.a, self.b, self.c), (self.d, self.e, self.f)) = ((a, b, c), (d, e, f))
  }

  /// Rows move to the left by `factor` times their distance from the top, as AutoAugment's authors have it.
  public static func shearX(_ factor: Double) -> AffineMap { AffineMap(1, factor, 0, 0, 1, 0) }

  /// Columns move up by `factor` times their distance from the left.
  public static func shearY(_ factor: Double) -> AffineMap { AffineMap(1, 0, 0, factor, 1, 0) }

  /// The image moves to the right and down by whole pixels.
  public static func translation(x: Int, y: Int) -> AffineMap { AffineMap(1, 0, -Double(x), 0, 1, -Double(y)) }

  /// The image turns counter-clockwise about its centre: Pillow's `Image.rotate`, with its sines and cosines of 15 decimals.
  public static func rotation(degrees: Double, of size: PixelSize) -> AffineMap {
    func rounded(_ value: Double) -> Double { (value * 1e15).rounded(.toNearestOrEven) / 1e15 }
    let turned = degrees.truncatingRemainder(dividingBy: 360)
    let angle = -(turned < 0 ? turned + 360 : turned) * .pi / 180
    let (cosine, sine) = (rounded(cos(angle)), rounded(sin(angle)))
    let (x, y) = (Double(size.width) / 2, Double(size.height) / 2)
    return AffineMap(
      cosine, sine, cosine * -x + sine * -y + x, -sine, cosine, -sine * -x + cosine * -y + y)
  }
}

/// How a moved image is read: between its pixels, and outside of it.
public struct AffineSampling: Hashable, Sendable {
  public enum Interpolation: String, CaseIterable, Sendable { case nearest, bilinear }

  public let interpolation: Interpolation
  /// What lies outside of the image: red, green and blue.
  public let fill: SIMD3<UInt8>

  public init(_ interpolation: Interpolation = .nearest, fill: SIMD3<UInt8> = SIMD3()) {
    (self.interpolation, self.fill) = (interpolation, fill)
  }
}
