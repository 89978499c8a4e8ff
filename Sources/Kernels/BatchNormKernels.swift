import CVectorKernels

/// The vector kernels of BatchNorm on f32 activations `[N, C, H, W]` stored channels last, seen as `rows` (N x H x W) by
/// `channels`. What is shared over ranks is f64; `CVectorKernels/batch_norm.c` says how sums are kept accurate.
public struct BatchNormKernels: Sendable {
  public let rows: Int
  public let channels: Int

  public init(rows: Int, channels: Int) {
    (self.rows, self.channels) = (rows, channels)
  }

  /// Floats of scratch memory that `partial` needs.
  public static func scratchElements(channels: Int) -> Int { 3 * channels }

  /// Means and sums of squared deviations, `[C]` each; zeros where there are no rows.
  public func moments(
    of x: UnsafePointer<Float>, partial: UnsafeMutablePointer<Float>, means: UnsafeMutablePointer<Double>,
    squaredDeviations: UnsafeMutablePointer<Double>
  ) {
    guard rows > 0 else {
      means.update(repeating: 0, count: channels)
      squaredDeviations.update(repeating: 0, count: channels)
      return
    }
    cvk_batch_norm_moments(x, rows, channels, partial, means, squaredDeviations)
  }

  /// `y = (x - mean) scale + shift`; `y` may be `x`.
  public func normalise(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, mean: SplitMean,
    scale: UnsafePointer<Float>, shift: UnsafePointer<Float>
  ) {
    cvk_batch_norm_normalise(x, y, rows, channels, mean.high, mean.low, scale, shift)
  }

  /// Per channel the sums of `dy` and of `dy (x - mean)`.
  public func gradientSums(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, mean: SplitMean, partial: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Double>, centredSums: UnsafeMutablePointer<Double>
  ) {
    cvk_batch_norm_gradient_sums(x, dy, rows, channels, mean.high, mean.low, partial, sums, centredSums)
  }

  /// `dx = a dy + b (x - mean) + c` per channel; `dx` may be `dy`.
  public func inputGradient(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>, mean: SplitMean,
    a: UnsafePointer<Float>, b: UnsafePointer<Float>, c: UnsafePointer<Float>
  ) {
    cvk_batch_norm_input_gradient(x, dy, dx, rows, channels, mean.high, mean.low, a, b, c)
  }
}

/// Means `[C]` as the sums of two floats, so that centring loses nothing to the rounding of a large mean.
public struct SplitMean {
  public let high: UnsafeMutablePointer<Float>
  public let low: UnsafeMutablePointer<Float>

  public init(high: UnsafeMutablePointer<Float>, low: UnsafeMutablePointer<Float>) {
    (self.high, self.low) = (high, low)
  }

  public func set(_ mean: Double, channel: Int) {
    high[channel] = Float(mean)
    low[channel] = Float(mean - Double(high[channel]))
  }
}
