import Data
import Network

extension RunConfiguration {
  /// What is done to training images, of the usual size or another.
  func trainingTransform(imageSize: Int? = nil) -> TrainingTransform {
    TrainingTransform(
      imageSize: imageSize ?? data.imageSize, area: data.cropArea, ratio: data.cropRatio, flipProbability: data.flip,
      normalization: data.normalization, filter: data.filter, augmentation: .init(augmentation))
  }
}

extension RunConfiguration {
  /// How training images are mixed with each other; nil: they are not.
  var mixing: Mixing? {
    guard augmentation.mixProbability > 0, augmentation.mixup > 0 || augmentation.cutmix > 0 else { return nil }
    return Mixing(
      mixupAlpha: augmentation.mixup, cutmixAlpha: augmentation.cutmix, probability: augmentation.mixProbability,
      cutmixProbability: augmentation.mixSwitch, seed: seed)
  }

  /// The most images of others that a rank prepares beside its own, to mix its own with.
  var extraImages: Int { mixing == nil ? 0 : 2 }
}

extension LocalBatch {
  init(_ batch: Batch) {
    let mixture = batch.otherLabels.flatMap { others in
      batch.shares.map { LabelMixture(others: others, shares: $0) }
    }
    self.init(
      images: batch.images, labels: batch.labels, mixture: mixture, count: batch.count,
      substituted: batch.substitutions.count)
  }
}

extension Augmentation {
  /// The part of the section that concerns single images.
  fileprivate init(_ section: RunConfiguration.Augmentation) {
    let (jitter, fill) = (section.colorJitter, section.fill.map { UInt8($0) })
    self.init(
      policy: AugmentationPolicy(section),
      colorJitter: ColorJitter(brightness: jitter[0], contrast: jitter[1], saturation: jitter[2], hue: jitter[3]),
      randomErasing: RandomErasing(
        probability: section.randomErasing, area: section.erasingArea, ratio: section.erasingRatio,
        value: section.erasingValue == .zero ? .zero : .noise),
      cutout: section.cutout,
      sampling: AffineSampling(
        section.interpolation == .nearest ? .nearest : .bilinear, fill: SIMD3(fill[0], fill[1], fill[2])))
  }
}

extension AugmentationPolicy {
  fileprivate init(_ section: RunConfiguration.Augmentation) {
    switch section.policy {
    case .none: self = .none
    case .randAugment:
      self = .randAugment(
        RandAugment(operations: section.randAugmentOperations, magnitude: section.randAugmentMagnitude))
    case .trivialAugmentWide: self = .trivialAugmentWide
    case .autoAugment: self = .autoAugment
    case .threeAugment: self = .threeAugment
    }
  }
}
