/// Width and height of an image, in pixels.
public struct PixelSize: Hashable, Sendable, CustomStringConvertible {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public var pixels: Int { width * height }

  /// `500x375`.
  public var description: String { "\(width)x\(height)" }
}
