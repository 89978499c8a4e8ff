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
  /// How often each image is shown.
  var views: Int { get }
  /// The plan of each view, in a fixed order.
  func plans(_ image: PixelSize, random: inout KeyedRandom) -> [CropPlan]
}

extension ImageTransform {
  public var augmentation: Augmentation { .none }

  public var views: Int { 1 }

  public func plans(_ image: PixelSize, random: inout KeyedRandom) -> [CropPlan] { [plan(image, random: &random)] }
}

/// Resize the shorter side, then cut out the centre: how validation images are looked at. Or more of them than the centre.
///
/// The definition is torchvision's `Resize(resizedSide)` followed by `CenterCrop(imageSize)`, `FiveCrop` or `TenCrop`.
public struct EvaluationTransform: ImageTransform, Hashable {
  public let imageSize: Int
  /// What the shorter side is resized to, in pixels.
  public let resizedSide: Int
  public let normalization: Normalization
  public let filter: ResamplingFilter
  public let shown: EvaluationViews

  /// - Parameter resizedSide: at least `imageSize`; by default `imageSize / 0.875`, rounded: 256 for 224.
  public init(
    imageSize: Int, resizedSide: Int? = nil, normalization: Normalization = .imageNet,
    filter: ResamplingFilter = .bilinear, shown: EvaluationViews = EvaluationViews()
  ) {
    precondition(imageSize > 0, "an image size of \(imageSize)")
    self.imageSize = imageSize
    self.resizedSide = resizedSide ?? Int((Double(imageSize) / 0.875).rounded())
    precondition(
      self.resizedSide >= imageSize, "a crop of \(imageSize) from a shorter side of \(self.resizedSide) pixels")
    self.normalization = normalization
    self.filter = filter
    self.shown = shown
  }

  /// The centre.
  public func plan(_ image: PixelSize, random: inout KeyedRandom) -> CropPlan {
    plan(image, EvaluationViews.View(x: .centre, y: .centre, isMirrored: false))
  }

  public var views: Int { shown.count }

  public func plans(_ image: PixelSize, random: inout KeyedRandom) -> [CropPlan] { shown.views.map { plan(image, $0) } }

  private func plan(_ image: PixelSize, _ view: EvaluationViews.View) -> CropPlan {
    let shorter = min(image.width, image.height)
    return CropPlan(
      horizontal: axis(image.width, shorter: shorter, view.x, isMirrored: view.isMirrored),
      vertical: axis(image.height, shorter: shorter, view.y, isMirrored: false), flip: view.isMirrored)
  }

  /// - Parameter isMirrored: the place is counted from the other end, as it is in the mirrored image.
  private func axis(
    _ length: Int, shorter: Int, _ place: EvaluationViews.Place, isMirrored: Bool
  ) -> ResampledAxis {
    let resized = length * resizedSide / shorter
    let start = place.start(slack: resized - imageSize)
    return ResampledAxis(
      sourceStart: 0, sourceLength: length, resizedLength: resized,
      outputStart: isMirrored ? resized - imageSize - start : start, outputLength: imageSize, filter: filter)
  }
}
