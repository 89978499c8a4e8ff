import CVectorKernels

/// Moves channels into pixels and back, on f32 images stored channels last: `[N, H, W, C r r]` (small) and
/// `[N, H r, W r, C]` (large). `CVectorKernels/include/pixel_shuffle.h` says what goes where. The arrays must not overlap.
public struct PixelShuffleKernel {
  private let shuffle: cvk_pixel_shuffle
  private let rows: Int
  private let team: ThreadTeam

  /// - Parameters:
  ///   - channels: of the large images.
  ///   - height, width: of the small images.
  public init(channels: Int, height: Int, width: Int, factor: Int, samples: Int, team: ThreadTeam) {
    shuffle = cvk_pixel_shuffle(channels: channels, columns: width, factor: factor)
    rows = samples * height
    self.team = team
  }

  private var rowsWorthAThread: Int {
    elementsWorthAThread / max(1, shuffle.columns * shuffle.channels * shuffle.factor * shuffle.factor)
  }

  public func shuffle(_ small: UnsafePointer<Float>, into large: UnsafeMutablePointer<Float>) {
    team.forEachRange(of: rows, atLeast: rowsWorthAThread) { range in
      withUnsafePointer(to: shuffle) { cvk_shuffle_pixels($0, small, large, range.lowerBound, range.upperBound) }
    }
  }

  public func unshuffle(_ large: UnsafePointer<Float>, into small: UnsafeMutablePointer<Float>) {
    team.forEachRange(of: rows, atLeast: rowsWorthAThread) { range in
      withUnsafePointer(to: shuffle) { cvk_unshuffle_pixels($0, large, small, range.lowerBound, range.upperBound) }
    }
  }
}
