import Foundation
import Tensors

/// A random part of the image resized to a square, mirrored half of the time: the augmentation of GoogLeNet and ResNet.
///
/// The crop is torchvision's `RandomResizedCrop.get_params`: ten tries of an area uniform in `area` (a share of the
/// image) and an aspect ratio (width to height) log-uniform in `ratio`, the first that fits placed uniformly; else the
/// largest central part whose ratio is in bounds. Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015,
/// section 6.
public struct TrainingTransform: ImageTransform, Hashable {
  public let imageSize: Int
  public let area: ClosedRange<Double>
  public let ratio: ClosedRange<Double>
  public let flipProbability: Double
  public let normalization: Normalization
  public let filter: ResamplingFilter
  /// What happens after crop and flip.
  public let augmentation: Augmentation

  /// Traps unless areas are in (0, 1], ratios are positive and the probability is in [0, 1].
  public init(
    imageSize: Int, area: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3.0 / 4...4.0 / 3,
    flipProbability: Double = 0.5, normalization: Normalization = .imageNet, filter: ResamplingFilter = .bilinear,
    augmentation: Augmentation = .none
  ) {
    precondition(imageSize > 0, "an image size of \(imageSize)")
    precondition(area.lowerBound > 0 && area.upperBound <= 1, "crop areas \(area) are not in (0, 1]")
    precondition(ratio.lowerBound > 0 && ratio.upperBound < .infinity, "aspect ratios \(ratio) are not positive")
    precondition((0...1).contains(flipProbability), "a flip probability of \(flipProbability)")
    self.imageSize = imageSize
    self.area = area
    self.ratio = ratio
    self.flipProbability = flipProbability
    self.normalization = normalization
    self.filter = filter
    self.augmentation = augmentation
  }

  public func plan(_ image: PixelSize, random: inout KeyedRandom) -> CropPlan {
    let flip = random.uniform() < flipProbability
    let crop = drawCrop(image, &random) ?? centralCrop(image)
    return CropPlan(
      horizontal: ResampledAxis(sourceStart: crop.x, sourceLength: crop.width, outputLength: imageSize, filter: filter),
      vertical: ResampledAxis(sourceStart: crop.y, sourceLength: crop.height, outputLength: imageSize, filter: filter),
      flip: flip)
  }

  private typealias Crop = (x: Int, y: Int, width: Int, height: Int)

  private func drawCrop(_ image: PixelSize, _ random: inout KeyedRandom) -> Crop? {
    let logRatio = (log(ratio.lowerBound), log(ratio.upperBound))
    for _ in 0..<10 {
      let cropArea = Double(image.pixels) * random.uniform(between: area.lowerBound, and: area.upperBound)
      let cropRatio = exp(random.uniform(between: logRatio.0, and: logRatio.1))
      let cropWidth = Int((cropArea * cropRatio).squareRoot().rounded(.toNearestOrEven))
      let cropHeight = Int((cropArea / cropRatio).squareRoot().rounded(.toNearestOrEven))
      if (1...image.width).contains(cropWidth) && (1...image.height).contains(cropHeight) {
        return (
          random.below(image.width - cropWidth + 1), random.below(image.height - cropHeight + 1), cropWidth, cropHeight
        )
      }
    }
    return nil
  }

  private func centralCrop(_ image: PixelSize) -> Crop {
    let imageRatio = Double(image.width) / Double(image.height)
    var (cropWidth, cropHeight) = (image.width, image.height)
    if imageRatio < ratio.lowerBound {
      cropHeight = Int((Double(image.width) / ratio.lowerBound).rounded(.toNearestOrEven))
    } else if imageRatio > ratio.upperBound {
      cropWidth = Int((Double(image.height) * ratio.upperBound).rounded(.toNearestOrEven))
    }
    // A side of one or two pixels can round to nothing, or past the image, under unusual ratios.
    cropWidth = min(max(cropWidth, 1), image.width)
    cropHeight = min(max(cropHeight, 1), image.height)
    return ((image.width - cropWidth) / 2, (image.height - cropHeight) / 2, cropWidth, cropHeight)
  }
}
