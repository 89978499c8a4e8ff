/// Width and height of an image, in pixels.
public struct PixelSize: Hashable, Sendable, CustomStringConvertible {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public var pixels: Int { width * height }

  /// Each side divided by `denominator` and rounded up.
  public func shrunk(by denominator: Int) -> PixelSize {
    PixelSize(width: (width + denominator - 1) / denominator, height: (height + denominator - 1) / denominator)
  }

  /// `500x375`.
  public var description: String { "\(width)x\(height)" }
}
