/// The operations that policies choose from, by torchvision's names, in the order of its tables.
package enum PolicyOperation: String, CaseIterable, Sendable {
  case identity = "Identity"
  case shearX = "ShearX"
  case shearY = "ShearY"
  case translateX = "TranslateX"
  case translateY = "TranslateY"
  case rotate = "Rotate"
  case brightness = "Brightness"
  case color = "Color"
  case contrast = "Contrast"
  case sharpness = "Sharpness"
  case posterize = "Posterize"
  case solarize = "Solarize"
  case autoContrast = "AutoContrast"
  case equalize = "Equalize"
  case invert = "Invert"

  /// Those of RandAugment and TrivialAugment, which leave out the last.
  static let ofRandomPolicies = allCases.filter { $0 != .invert }

  /// Whether a magnitude stands for both directions, of which one is drawn.
  package var isSigned: Bool {
    switch self {
    case .shearX, .shearY, .translateX, .translateY, .rotate, .brightness, .color, .contrast, .sharpness: true
    case .identity, .posterize, .solarize, .autoContrast, .equalize, .invert: false
    }
  }

  /// What it does at a magnitude, to an image of a size: torchvision's `_apply_op`. Nil: nothing.
  package func pixelOperation(_ magnitude: Double, _ size: PixelSize) -> PixelOperation? {
    switch self {
    case .identity: nil
    case .shearX: .affine(.shearX(magnitude))
    case .shearY: .affine(.shearY(magnitude))
    case .translateX: .affine(.translation(x: Int(magnitude), y: 0))
    case .translateY: .affine(.translation(x: 0, y: Int(magnitude)))
    case .rotate: .affine(.rotation(degrees: magnitude, of: size))
    case .brightness: .brightness(Float(1 + magnitude))
    case .color: .saturation(Float(1 + magnitude))
    case .contrast: .contrast(Float(1 + magnitude))
    case .sharpness: .sharpness(Float(1 + magnitude))
    case .posterize: .posterize(Int(magnitude))
    case .solarize: .solarize(magnitude)
    case .autoContrast: .autoContrast
    case .equalize: .equalize
    case .invert: .invert
    }
  }
}
