/// The triangle filter along one axis as tables: which source pixels make an output pixel, with which weights.
///
/// The filter is as wide as an output pixel where the axis shrinks (so that nothing aliases) and as wide as a source
/// pixel where it grows (plain bilinear). The tables are those of Pillow's `precompute_coeffs` (libImaging/Resample.c)
/// with f32 weights in place of fixed point. They are reused from image to image and grow to the largest use.
struct FilterTaps {
  private(set) var outputLength = 0
  /// The most taps an output pixel has; the row length of `weights`.
  private(set) var maxTaps = 0
  /// The source pixels that have any weight, counted from the axis's `sourceStart`.
  private(set) var sourceRange = 0..<0
  /// The first source pixel of each output pixel, counted from the start of `sourceRange`.
  private(set) var starts: [Int32] = []
  private(set) var counts: [Int32] = []
  /// `[outputLength, maxTaps]`; they sum to one for each output pixel.
  private(set) var weights: [Float] = []

  /// Fills the tables for `axis`, back to front when `reversed`: this is how an image is mirrored, at no cost.
  mutating func prepare(_ axis: ResampledAxis, reversed: Bool) {
    let scale = Double(axis.sourceLength) / Double(axis.resizedLength)
    let support = max(scale, 1)
    outputLength = axis.outputLength
    maxTaps = 2 * Int(support.rounded(.up)) + 1
    grow(outputs: outputLength, weights: outputLength * maxTaps)
    func center(_ output: Int) -> Double {
      (Double(axis.outputStart + output) + 0.5) * scale
    }
    func sources(_ output: Int) -> Range<Int> {
      let center = center(output)
      return max(Int(center - support + 0.5), 0)..<min(Int(center + support + 0.5), axis.sourceLength)
    }
    sourceRange = sources(0).lowerBound..<sources(outputLength - 1).upperBound
    for place in 0..<outputLength {
      let output = reversed ? outputLength - 1 - place : place
      let range = sources(output)
      starts[place] = Int32(range.lowerBound - sourceRange.lowerBound)
      counts[place] = Int32(range.count)
      fillWeights(at: place, sources: range, center: center(output), support: support)
    }
  }

  private mutating func fillWeights(at place: Int, sources: Range<Int>, center: Double, support: Double) {
    func weight(_ source: Int) -> Double {
      max(1 - abs((Double(source) + 0.5 - center) / support), 0)
    }
    var sum = 0.0
    for source in sources { sum += weight(source) }
    for (tap, source) in sources.enumerated() {
      weights[place * maxTaps + tap] = Float(weight(source) / sum)
    }
  }

  private mutating func grow(outputs: Int, weights count: Int) {
    if starts.count < outputs {
      starts = [Int32](repeating: 0, count: outputs)
      counts = [Int32](repeating: 0, count: outputs)
    }
    if weights.count < count { weights = [Float](repeating: 0, count: count) }
  }
}
