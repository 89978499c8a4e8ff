/// What happens to one training image after it was cropped, resized and mirrored.
public struct AugmentationPlan: Hashable, Sendable {
  /// On u8 pixels, in this order.
  public var operations: [PixelOperation] = []
  /// How operations that move the image read it.
  public var sampling = AffineSampling()
  /// On the normalised image, after all else.
  public var erased: [ErasedBox] = []

  public init() {}
}

/// A rectangle of the normalised image and what takes its place.
public struct ErasedBox: Hashable, Sendable {
  public enum Filling: Hashable, Sendable {
    /// The mean of all images.
    case zero
    /// Standard normal values, a function of this number.
    case noise(UInt64)
  }

  /// In pixels from the upper left corner, inside the image. May be empty.
  public let columns: Range<Int>
  public let rows: Range<Int>
  public let filling: Filling

  public init(columns: Range<Int>, rows: Range<Int>, filling: Filling = .zero) {
    (self.columns, self.rows, self.filling) = (columns, rows, filling)
  }
}
