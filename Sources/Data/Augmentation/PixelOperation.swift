/// One operation on the u8 pixels of a cropped image, with its parameters. Each is Pillow's, bit by bit; `PixelEditor` carries
/// them out.
public enum PixelOperation: Hashable, Sendable {
  /// `ImageEnhance`: a blend of the image with black, with its mean gray, with its own gray or with its smoothed self. A factor of
  /// 1 leaves the image as it is; 0 leaves the other alone.
  case brightness(Float)
  case contrast(Float)
  case saturation(Float)
  case sharpness(Float)
  /// Turns the hue, by a share of the circle in -0.5...0.5, in steps of 1/255: torchvision's `adjust_hue`.
  case hue(Double)
  /// Keeps so many high bits, 1 to 8, of each value.
  case posterize(Int)
  /// Inverts the values that are not below the threshold.
  case solarize(Double)
  case autoContrast
  case equalize
  case invert
  case grayscale
  /// `ImageFilter.GaussianBlur`: three box blurs along each axis. In pixels.
  case blur(Float)
  case affine(AffineMap)
}
