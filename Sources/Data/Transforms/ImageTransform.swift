import Tensors

/// How decoded images of any size become a square input of a network: parameters, and a pure choice for each image.
public protocol ImageTransform: Sendable {
  /// Width and height of the result, in pixels.
  var imageSize: Int { get }
  var normalization: Normalization { get }
  /// What happens to the pixels of the square.
  var augmentation: Augmentation { get }
  /// What to do with an image of this size; a function of its arguments alone.
  func plan(_ image: PixelSize, random: inout KeyedRandom) -> CropPlan
}

extension ImageTransform {
  public var augmentation: Augmentation { .none }
}

/// Resize the shorter side, then cut out the centre: how validation images are looked at.
///
/// The definition is torchvision's `Resize(resizedSide)` followed by `CenterCrop(imageSize)`.
public struct EvaluationTransform: ImageTransform, Hashable {
  public let imageSize: Int
  /// What the shorter side is resized to, in pixels.
  public let resizedSide: Int
  public let normalization: Normalization
  public let filter: ResamplingFilter

  /// - Parameter resizedSide: at least `imageSize`; by default `imageSize / 0.875`, rounded: 256 for 224.
  public init(
    imageSize: Int, resizedSide: Int? = nil, normalization: Normalization = .imageNet,
    filter: ResamplingFilter = .bilinear
  ) {
    precondition(imageSize > 0, "an image size of \(imageSize)")
    self.imageSize = imageSize
    self.resizedSide = resizedSide ?? Int((Double(imageSize) / 0.875).rounded())
    precondition(
      self.resizedSide >= imageSize, "a crop of \(imageSize) from a shorter side of \(self.resizedSide) pixels")
    self.normalization = normalization
    self.filter = filter
  }

  public func plan(_ image: PixelSize, random: inout KeyedRandom) -> CropPlan {
    let shorter = min(image.width, image.height)
    return CropPlan(
      horizontal: axis(image.width, shorter: shorter), vertical: axis(image.height, shorter: shorter), flip: false)
  }

  private func axis(_ length: Int, shorter: Int) -> ResampledAxis {
    let resized = length * resizedSide / shorter
    // Halves go to the even neighbour, as Python's `round` has it in torchvision's `center_crop`.
    let start = Int((Double(resized - imageSize) / 2).rounded(.toNearestOrEven))
    return ResampledAxis(
      sourceStart: 0, sourceLength: length, resizedLength: resized, outputStart: start, outputLength: imageSize,
      filter: filter)
  }
}
