/// One axis of a resize and crop: `sourceLength` pixels from `sourceStart` on are resized to `resizedLength`, of which
/// `outputLength` from `outputStart` on are wanted. No pixel outside the source range has any influence.
public struct ResampledAxis: Hashable, Sendable {
  public let sourceStart: Int
  public let sourceLength: Int
  public let resizedLength: Int
  public let outputStart: Int
  public let outputLength: Int
  public let filter: ResamplingFilter

  /// Traps when a length is not positive or the output leaves the resized range.
  public init(
    sourceStart: Int, sourceLength: Int, resizedLength: Int, outputStart: Int, outputLength: Int,
    filter: ResamplingFilter = .bilinear
  ) {
    precondition(sourceStart >= 0 && sourceLength > 0, "source of \(sourceLength) pixels from \(sourceStart)")
    precondition(
      outputStart >= 0 && outputLength > 0 && outputStart + outputLength <= resizedLength,
      "\(outputLength) pixels from \(outputStart) of a resized axis of \(resizedLength)")
    self.sourceStart = sourceStart
    self.sourceLength = sourceLength
    self.resizedLength = resizedLength
    self.outputStart = outputStart
    self.outputLength = outputLength
    self.filter = filter
  }

  /// The source range resized as a whole.
  public init(sourceStart: Int, sourceLength: Int, outputLength: Int, filter: ResamplingFilter = .bilinear) {
    self.init(
      sourceStart: sourceStart, sourceLength: sourceLength, resizedLength: outputLength, outputStart: 0,
      outputLength: outputLength, filter: filter)
  }
}

/// What happens to one decoded image: which part of it, at which size, mirrored or not.
public struct CropPlan: Hashable, Sendable {
  public let horizontal: ResampledAxis
  public let vertical: ResampledAxis
  /// Mirror left and right.
  public let flip: Bool

  public init(horizontal: ResampledAxis, vertical: ResampledAxis, flip: Bool) {
    self.horizontal = horizontal
    self.vertical = vertical
    self.flip = flip
  }

  /// Whether results may leave the range of pixels.
  var overshoots: Bool { horizontal.filter == .bicubic || vertical.filter == .bicubic }

  public var outputSize: PixelSize { PixelSize(width: horizontal.outputLength, height: vertical.outputLength) }
}

extension CropPlan {
  /// The part of the image, shrunk by `denominator`, that has influence on the result.
  public func sourceRegion(denominator: Int = 1) -> PixelRegion {
    PixelRegion(
      columns: AxisFilter(horizontal, denominator: denominator).wanted,
      rows: AxisFilter(vertical, denominator: denominator).wanted)
  }

  /// By how much a decoder may shrink the image before it is resized: the largest of 1, 2, 4 and 8 that leaves the crop
  /// no smaller than the output, in both directions.
  public var largestDenominator: Int {
    let axes = [horizontal, vertical]
    return [8, 4, 2].first { divisor in axes.allSatisfy { $0.sourceLength >= divisor * $0.resizedLength } } ?? 1
  }
}
