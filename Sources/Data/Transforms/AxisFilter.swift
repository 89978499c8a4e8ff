/// A `ResamplingFilter` along one axis: which source pixels make an output pixel, with which weights.
///
/// The filter is as wide as an output pixel where the axis shrinks (so that nothing aliases) and as wide as a source
/// pixel where it grows (plain interpolation). The definition is that of Pillow's `precompute_coeffs` (libImaging/Resample.c).
/// Where the decoder has shrunk the image, the source range of the plan is divided and may begin within a pixel, as
/// Pillow's `resize` has it with a box.
struct AxisFilter {
  private let outputStart: Int
  private let outputLength: Int
  /// The source pixel in which the axis's source range begins, and how far within it.
  private let first: Int
  private let inset: Double
  /// One past the last source pixel that may count, from `first` on.
  private let end: Int
  private let filter: ResamplingFilter
  /// Source pixels for one of the output.
  private let scale: Double
  /// By how much the filter is wider than source pixels.
  private let stretch: Double
  /// How far from its centre an output pixel reaches, in source pixels.
  let support: Double

  /// - Parameter denominator: by how much the image was shrunk while it was decoded.
  init(_ axis: ResampledAxis, denominator: Int) {
    outputStart = axis.outputStart
    outputLength = axis.outputLength
    first = axis.sourceStart / denominator
    inset = Double(axis.sourceStart % denominator) / Double(denominator)
    end = (axis.sourceStart + axis.sourceLength + denominator - 1) / denominator - first
    scale = Double(axis.sourceLength) / Double(axis.resizedLength * denominator)
    filter = axis.filter
    stretch = max(scale, 1)
    support = filter.support * stretch
  }

  private func center(_ output: Int) -> Double { inset + (Double(outputStart + output) + 0.5) * scale }

  /// The source pixels of an output pixel, counted from `first`.
  private func reach(_ center: Double) -> Range<Int> {
    max(Int(center - support + 0.5), 0)..<min(Int(center + support + 0.5), end)
  }

  /// The source pixels that have any weight.
  var wanted: Range<Int> {
    let (low, high) = (reach(center(0)), reach(center(outputLength - 1)))
    return first + low.lowerBound..<first + high.upperBound
  }

  /// The most source pixels that an output pixel can have.
  var maxTaps: Int { 2 * Int(support.rounded(.up)) + 1 }

  /// Writes the weights of an output pixel, which sum to one, and returns its source pixels.
  func taps(of output: Int, into weights: UnsafeMutableBufferPointer<Float>) -> Range<Int> {
    let center = center(output)
    let range = reach(center)
    func weight(_ source: Int) -> Double { filter.weight((Double(source) + 0.5 - center) / stretch) }
    var sum = 0.0
    for source in range { sum += weight(source) }
    for (tap, source) in range.enumerated() { weights[tap] = Float(weight(source) / sum) }
    return first + range.lowerBound..<first + range.upperBound
  }
}
