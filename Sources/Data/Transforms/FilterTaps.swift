/// An `AxisFilter` as tables, with f32 weights. They are reused from image to image and grow to the largest use.
struct FilterTaps {
  private(set) var outputLength = 0
  /// The most taps an output pixel has; the row length of `weights`.
  private(set) var maxTaps = 0
  /// The source pixels that have any weight.
  private(set) var sourceRange = 0..<0
  /// The first source pixel of each output pixel, counted from the start of `sourceRange`.
  private(set) var starts: [Int32] = []
  private(set) var counts: [Int32] = []
  /// `[outputLength, maxTaps]`; they sum to one for each output pixel.
  private(set) var weights: [Float] = []

  /// Fills the tables for `axis`, back to front when `reversed`: this is how an image is mirrored, at no cost.
  mutating func prepare(_ axis: ResampledAxis, denominator: Int, reversed: Bool) {
    let filter = AxisFilter(axis, denominator: denominator)
    outputLength = axis.outputLength
    maxTaps = filter.maxTaps
    sourceRange = filter.wanted
    grow(outputs: outputLength, weights: outputLength * maxTaps)
    let (outputs, length) = (outputLength, maxTaps)
    weights.withUnsafeMutableBufferPointer { weights in
      for place in 0..<outputs {
        let row = UnsafeMutableBufferPointer(rebasing: weights[(place * length)..<((place + 1) * length)])
        let range = filter.taps(of: reversed ? outputs - 1 - place : place, into: row)
        starts[place] = Int32(range.lowerBound - sourceRange.lowerBound)
        counts[place] = Int32(range.count)
      }
    }
  }

  /// Lends the tables from the output pixel `first` on.
  func withTaps(
    from first: Int, _ use: (UnsafePointer<Int32>?, UnsafePointer<Int32>?, UnsafePointer<Float>?) -> Void
  ) {
    starts.withUnsafeBufferPointer { starts in
      counts.withUnsafeBufferPointer { counts in
        weights.withUnsafeBufferPointer { weights in
          use(
            starts.baseAddress.map { $0 + first }, counts.baseAddress.map { $0 + first },
            weights.baseAddress.map { $0 + first * maxTaps })
        }
      }
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
