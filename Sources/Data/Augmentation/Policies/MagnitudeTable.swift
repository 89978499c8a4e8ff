/// The magnitudes that a policy knows for each operation, evenly spaced: torchvision's `_augmentation_space`.
package struct MagnitudeTable: Hashable, Sendable {
  package let bins: Int
  private let shear: Float
  private let translateX: Float
  private let translateY: Float
  private let rotation: Float
  private let enhancement: Float
  /// How many of the 8 bits the strongest posterisation takes away.
  private let posterizedBits: Int

  /// RandAugment's and AutoAugment's: translations are shares of the image.
  package static func narrow(bins: Int, _ size: PixelSize) -> MagnitudeTable {
    MagnitudeTable(
      bins: bins, shear: 0.3, translateX: Float(150.0 / 331 * Double(size.width)),
      translateY: Float(150.0 / 331 * Double(size.height)), rotation: 30, enhancement: 0.9, posterizedBits: 4)
  }

  /// TrivialAugmentWide's.
  package static func wide(bins: Int) -> MagnitudeTable {
    MagnitudeTable(
      bins: bins, shear: 0.99, translateX: 32, translateY: 32, rotation: 135, enhancement: 0.99, posterizedBits: 6)
  }

  /// - Parameter bin: below `bins`. Without meaning for operations that have no magnitude.
  package func magnitude(_ operation: PolicyOperation, bin: Int) -> Double {
    switch operation {
    case .identity, .autoContrast, .equalize, .invert: 0
    case .shearX, .shearY: spaced(0, shear, bin)
    case .translateX: spaced(0, translateX, bin)
    case .translateY: spaced(0, translateY, bin)
    case .rotate: spaced(0, rotation, bin)
    case .brightness, .color, .contrast, .sharpness: spaced(0, enhancement, bin)
    case .posterize:
      8 - (Double(bin) / (Double(bins - 1) / Double(posterizedBits))).rounded(.toNearestOrEven)
    case .solarize: spaced(255, 0, bin)
    }
  }

  /// An element of `torch.linspace`, which counts from the nearer end, in f32 and with fused multiply-adds.
  private func spaced(_ first: Float, _ last: Float, _ bin: Int) -> Double {
    let step = (last - first) / Float(bins - 1)
    let isNear = bin < bins / 2
    return Double(
      isNear ? first.addingProduct(step, Float(bin)) : last.addingProduct(-step, Float(bins - 1 - bin)))
  }
}

extension PolicyOperation {
  /// The operation at a magnitude of the table, in the other direction where `isReversed`.
  func chosen(_ table: MagnitudeTable, bin: Int, isReversed: Bool, _ size: PixelSize) -> PixelOperation? {
    let magnitude = table.magnitude(self, bin: bin)
    return pixelOperation(isSigned && isReversed ? -magnitude : magnitude, size)
  }
}
