import Tensors

/// What may happen to a training image beside crop and flip: parameters, and a pure choice for each image.
///
/// The order is that of DeiT III and of torchvision's recipes: a policy's operations, colour jitter, normalisation, random
/// erasing, cutout. What is off draws no random number.
public struct Augmentation: Hashable, Sendable {
  public var policy: AugmentationPolicy
  public var colorJitter: ColorJitter
  public var randomErasing: RandomErasing
  /// Side of the square that is cut out of every image, in pixels; 0: none.
  public var cutout: Int
  public var sampling: AffineSampling

  public init(
    policy: AugmentationPolicy = .none, colorJitter: ColorJitter = .off, randomErasing: RandomErasing = .off,
    cutout: Int = 0, sampling: AffineSampling = AffineSampling()
  ) {
    precondition(cutout >= 0, "a cutout of \(cutout) pixels")
    self.policy = policy
    self.colorJitter = colorJitter
    self.randomErasing = randomErasing
    self.cutout = cutout
    self.sampling = sampling
  }

  /// Nothing but crop and flip.
  public static let none = Augmentation()

  /// - Parameter size: of the image after crop and resize.
  public func plan(_ size: PixelSize, random: inout KeyedRandom) -> AugmentationPlan {
    var plan = AugmentationPlan()
    plan.sampling = sampling
    plan.operations = policy.operations(size, &random) + colorJitter.operations(&random)
    if let box = randomErasing.box(size, &random) { plan.erased.append(box) }
    if cutout > 0 { plan.erased.append(ErasedBox(cutout: cutout, of: size, &random)) }
    return plan
  }
}

extension ErasedBox {
  /// A square about a random pixel, cut off at the edges; its side is rounded down to an even number. Source: DeVries and Taylor,
  /// "Improved Regularization of Convolutional Neural Networks with Cutout", 2017, and the authors' program.
  init(cutout side: Int, of size: PixelSize, _ random: inout KeyedRandom) {
    func range(_ length: Int) -> Range<Int> {
      let centre = random.below(length)
      return max(centre - side / 2, 0)..<min(centre + side / 2, length)
    }
    let rows = range(size.height)
    self.init(columns: range(size.width), rows: rows)
  }
}
