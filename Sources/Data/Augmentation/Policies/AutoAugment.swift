import Tensors

/// One of 25 pairs of operations, each with a probability and a magnitude: the policy that was learned on ImageNet.
///
/// As torchvision has it: magnitudes are 0 to 9, directions are drawn. Source: Cubuk et al., "AutoAugment: Learning Augmentation
/// Policies from Data", CVPR 2019, table 9 of the appendix.
package enum AutoAugment {
  package struct Step: Hashable, Sendable {
    package let operation: PolicyOperation
    package let probability: Double
    /// 0 where the operation has none.
    package let magnitude: Int

    init(_ operation: PolicyOperation, _ probability: Double, _ magnitude: Int = 0) {
      (self.operation, self.probability, self.magnitude) = (operation, probability, magnitude)
    }
  }

  static func operations(_ size: PixelSize, _ random: inout KeyedRandom) -> [PixelOperation] {
    let table = MagnitudeTable.narrow(bins: 10, size)
    let pair = imageNet[random.below(imageNet.count)]
    return [pair.0, pair.1].compactMap { step in
      let (happens, isReversed) = (random.uniform() < step.probability, random.below(2) == 1)
      guard happens else { return nil }
      return step.operation.chosen(table, bin: step.magnitude, isReversed: isReversed, size)
    }
  }

  package static let imageNet: [(Step, Step)] = [
    (Step(.posterize, 0.4, 8), Step(.rotate, 0.6, 9)),
    (Step(.solarize, 0.6, 5), Step(.autoContrast, 0.6)),
    (Step(.equalize, 0.8), Step(.equalize, 0.6)),
    (Step(.posterize, 0.6, 7), Step(.posterize, 0.6, 6)),
    (Step(.equalize, 0.4), Step(.solarize, 0.2, 4)),
    (Step(.equalize, 0.4), Step(.rotate, 0.8, 8)),
    (Step(.solarize, 0.6, 3), Step(.equalize, 0.6)),
    (Step(.posterize, 0.8, 5), Step(.equalize, 1)),
    (Step(.rotate, 0.2, 3), Step(.solarize, 0.6, 8)),
    (Step(.equalize, 0.6), Step(.posterize, 0.4, 6)),
    (Step(.rotate, 0.8, 8), Step(.color, 0.4, 0)),
    (Step(.rotate, 0.4, 9), Step(.equalize, 0.6)),
    (Step(.equalize, 0), Step(.equalize, 0.8)),
    (Step(.invert, 0.6), Step(.equalize, 1)),
    (Step(.color, 0.6, 4), Step(.contrast, 1, 8)),
    (Step(.rotate, 0.8, 8), Step(.color, 1, 2)),
    (Step(.color, 0.8, 8), Step(.solarize, 0.8, 7)),
    (Step(.sharpness, 0.4, 7), Step(.invert, 0.6)),
    (Step(.shearX, 0.6, 5), Step(.equalize, 1)),
    (Step(.color, 0.4, 0), Step(.equalize, 0.6)),
    (Step(.equalize, 0.4), Step(.solarize, 0.2, 4)),
    (Step(.solarize, 0.6, 5), Step(.autoContrast, 0.6)),
    (Step(.invert, 0.6), Step(.equalize, 1)),
    (Step(.color, 0.6, 4), Step(.contrast, 1, 8)),
    (Step(.equalize, 0.8), Step(.equalize, 0.6)),
  ]
}
