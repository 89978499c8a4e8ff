extension RunConfiguration {
  public struct Augmentation: Sendable, Equatable {
    public let policy: Policy
    public let randAugmentOperations: Int
    public let randAugmentMagnitude: Int
    public let interpolation: Interpolation
    public let fill: [Double]
    /// Brightness, contrast, saturation and hue.
    public let colorJitter: [Double]
    public let randomErasing: Double
    public let erasingArea: ClosedRange<Double>
    public let erasingRatio: ClosedRange<Double>
    public let erasingValue: ErasingValue
    public let cutout: Int
    public let mixup: Double
    public let cutmix: Double
    public let mixProbability: Double
    public let mixSwitch: Double
    public let repeats: Int

    public enum Policy: String, CaseIterable, Sendable {
      case none
      case randAugment = "rand_augment"
      case trivialAugmentWide = "trivial_augment_wide"
      case autoAugment = "auto_augment"
      case threeAugment = "three_augment"
    }

    public enum Interpolation: String, CaseIterable, Sendable { case nearest, bilinear }

    public enum ErasingValue: String, CaseIterable, Sendable { case zero, noise }

    static let meaning =
      "What may happen to training images beside crop and flip; nothing by default. Names and definitions are torchvision's, "
      + "on Pillow images. For each image: the policy, colour jitter, normalisation, random erasing, cutout."

    init(_ fields: ConfigurationReader) {
      policy = fields.read(
        "policy", .choice(), default: Policy.none,
        "A learned or random choice of operations. `rand_augment`: as many as stated, at one strength. "
          + "`trivial_augment_wide`: one, at any strength. `auto_augment`: one of 25 pairs, learned on ImageNet. "
          + "`three_augment`: grayscale, solarisation or blur, as in DeiT III.")
      randAugmentOperations = fields.read(
        "rand_augment_operations", .wholeNumber(of: "operations", .from(1, to: 16)), default: 2,
        "Operations that `rand_augment` applies to each image.")
      randAugmentMagnitude = fields.read(
        "rand_augment_magnitude", .wholeNumber(.from(0, to: 30)), default: 9, "How strong those of `rand_augment` are.")
      interpolation = fields.read(
        "interpolation", .choice(), default: .nearest,
        "How rotated, sheared and shifted images are read between pixels.")
      fill = fields.read(
        "fill", .numbers(3, each: .from(0, to: 255)), default: [0, 0, 0],
        "Red, green and blue, in whole levels, of what lies outside of a rotated, sheared or shifted image.")
      colorJitter = fields.read(
        "color_jitter", .numbers(4, each: .atLeast(0)), default: [0, 0, 0, 0],
        "How much brightness, contrast, saturation and hue change at most, in random order. The first three are multiplied by 1 "
          + "± their value; hue, at most 0.5, is turned by a share of the circle.")
      randomErasing = fields.read(
        "random_erasing", .number(.from(0, to: 1)), default: 0,
        "The probability that a random rectangle of an image is replaced.")
      erasingArea = fields.read(
        "erasing_area", .interval(.above(0, to: 1)), default: 0.02...0.33,
        "Area of that rectangle, as a share of the image.")
      erasingRatio = fields.read("erasing_ratio", .interval(.above(0)), default: 0.3...3.3, "Its height by its width.")
      erasingValue = fields.read(
        "erasing_value", .choice(), default: .zero,
        "What takes its place: `data.mean`, which is `zero` after normalisation, or normal `noise`.")
      cutout = fields.read(
        "cutout", .wholeNumber(of: "pixels", .from(0, to: 4096)), default: 0,
        "Side of the square, about a random pixel of each image, that is replaced by `data.mean`. 0: none.")
      mixup = fields.read(
        "mixup", .number(.from(0, to: 100)), default: 0,
        "Alpha of mixup: the two images of a pair become weighted means of both, and so do their labels; the share of each "
          + "is drawn from Beta(alpha, alpha). 0: no mixup. The loss is that of the mixed labels, and the training accuracy "
          + "counts the label with the larger share.")
      cutmix = fields.read(
        "cutmix", .number(.from(0, to: 100)), default: 0,
        "Alpha of CutMix: the two images of a pair exchange a box whose share is drawn from Beta(alpha, alpha). 0: no CutMix."
      )
      mixProbability = fields.read(
        "mix_probability", .number(.from(0, to: 1)), default: 1,
        "The probability that a pair is mixed, where `mixup` or `cutmix` is on.")
      mixSwitch = fields.read(
        "mix_switch", .number(.from(0, to: 1)), default: 0.5,
        "The probability that a pair is mixed by CutMix, where both are on.")
      repeats = fields.read(
        "repeats", .wholeNumber(.from(1, to: 64)), default: 1,
        "How often each image comes, differently augmented, before the next ones do: so many epochs together, of the usual "
          + "length, show every image so many times.")
      fields.check(
        fill.allSatisfy { $0 == $0.rounded() }, "fill", message: "expected three whole numbers; got \(fill)")
      fields.check(
        colorJitter.last ?? 0 <= 0.5, "color_jitter", message: "expected a hue of at most 0.5; got \(colorJitter)")
    }
  }
}
