import Tensors

/// Brightness, contrast, saturation and hue changed by random amounts in random order: torchvision's `ColorJitter`.
public struct ColorJitter: Hashable, Sendable {
  /// Factors are uniform in 1 - value...1 + value, and not below 0.
  public let brightness: Double
  public let contrast: Double
  public let saturation: Double
  /// The hue is turned by a share of the circle that is uniform in -value...value; at most 0.5.
  public let hue: Double

  public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0) {
    precondition(min(brightness, contrast, saturation, hue) >= 0 && hue <= 0.5, "a color jitter out of range")
    (self.brightness, self.contrast, self.saturation, self.hue) = (brightness, contrast, saturation, hue)
  }

  public static let off = ColorJitter()

  func operations(_ random: inout KeyedRandom) -> [PixelOperation] {
    guard self != .off else { return [] }
    var operations: [PixelOperation] = []
    func factor(_ amount: Double) -> Float {
      Float(random.uniform(between: max(1 - amount, 0), and: 1 + amount))
    }
    if brightness > 0 { operations.append(.brightness(factor(brightness))) }
    if contrast > 0 { operations.append(.contrast(factor(contrast))) }
    if saturation > 0 { operations.append(.saturation(factor(saturation))) }
    if hue > 0 { operations.append(.hue(random.uniform(between: -hue, and: hue))) }
    random.shuffle(&operations)
    return operations
  }
}
