import Foundation
import Tensors

/// A random rectangle of some images replaced: torchvision's `RandomErasing`, ten tries included.
///
/// Source: Zhong et al., "Random Erasing Data Augmentation", AAAI 2020. With noise it is timm's `pixel` mode.
public struct RandomErasing: Hashable, Sendable {
  public enum Value: String, CaseIterable, Sendable { case zero, noise }

  public let probability: Double
  /// As a share of the image.
  public let area: ClosedRange<Double>
  /// Height by width.
  public let ratio: ClosedRange<Double>
  public let value: Value

  public init(
    probability: Double, area: ClosedRange<Double> = 0.02...0.33, ratio: ClosedRange<Double> = 0.3...3.3,
    value: Value = .zero
  ) {
    precondition((0...1).contains(probability), "a probability of \(probability)")
    precondition(area.lowerBound >= 0 && area.upperBound <= 1 && ratio.lowerBound > 0, "\(area) or \(ratio) of erasing")
    (self.probability, self.area, self.ratio, self.value) = (probability, area, ratio, value)
  }

  public static let off = RandomErasing(probability: 0)

  func box(_ size: PixelSize, _ random: inout KeyedRandom) -> ErasedBox? {
    guard probability > 0, random.uniform() < probability else { return nil }
    for _ in 0..<10 {
      let erased = Double(size.pixels) * random.uniform(between: area.lowerBound, and: area.upperBound)
      let shape = exp(random.uniform(between: log(ratio.lowerBound), and: log(ratio.upperBound)))
      let height = Int((erased * shape).squareRoot().rounded(.toNearestOrEven))
      let width = Int((erased / shape).squareRoot().rounded(.toNearestOrEven))
      guard height < size.height, width < size.width else { continue }
      let (y, x) = (random.below(size.height - height + 1), random.below(size.width - width + 1))
      return ErasedBox(
        columns: x..<x + width, rows: y..<y + height, filling: value == .zero ? .zero : .noise(random.next()))
    }
    return nil
  }
}
