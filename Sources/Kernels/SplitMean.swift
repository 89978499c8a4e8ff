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
