import Tensors

/// Some operations in a row, each chosen evenly among 14, all at one magnitude: torchvision's `RandAugment`.
///
/// Source: Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search space", NeurIPS 2020.
public struct RandAugment: Hashable, Sendable {
  /// Magnitudes are 0 to 30.
  static let bins = 31

  public let operations: Int
  public let magnitude: Int

  public init(operations: Int = 2, magnitude: Int = 9) {
    precondition(operations > 0 && (0..<Self.bins).contains(magnitude), "RandAugment \(operations), \(magnitude)")
    (self.operations, self.magnitude) = (operations, magnitude)
  }

  func operations(_ size: PixelSize, _ random: inout KeyedRandom) -> [PixelOperation] {
    let table = MagnitudeTable.narrow(bins: Self.bins, size)
    return (0..<operations).compactMap { _ in
      let choices = PolicyOperation.ofRandomPolicies
      let operation = choices[random.below(choices.count)]
      return operation.chosen(table, bin: magnitude, isReversed: operation.isSigned && random.below(2) == 1, size)
    }
  }
}

/// One operation, chosen evenly among 14, at a magnitude chosen evenly among 31: torchvision's `TrivialAugmentWide`.
///
/// Source: Müller and Hutter, "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation", ICCV 2021.
enum TrivialAugmentWide {
  static func operations(_ size: PixelSize, _ random: inout KeyedRandom) -> [PixelOperation] {
    let table = MagnitudeTable.wide(bins: 31)
    let choices = PolicyOperation.ofRandomPolicies
    let operation = choices[random.below(choices.count)]
    let bin = random.below(table.bins)
    return [operation.chosen(table, bin: bin, isReversed: operation.isSigned && random.below(2) == 1, size)]
      .compactMap(\.self)
  }
}
