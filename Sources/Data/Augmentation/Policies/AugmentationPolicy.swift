import Tensors

/// How the operations of an image are chosen.
public enum AugmentationPolicy: Hashable, Sendable {
  case none
  case randAugment(RandAugment)
  case trivialAugmentWide
  case autoAugment
  case threeAugment

  func operations(_ size: PixelSize, _ random: inout KeyedRandom) -> [PixelOperation] {
    switch self {
    case .none: []
    case .randAugment(let policy): policy.operations(size, &random)
    case .trivialAugmentWide: TrivialAugmentWide.operations(size, &random)
    case .autoAugment: AutoAugment.operations(size, &random)
    case .threeAugment: ThreeAugment.operations(&random)
    }
  }
}
