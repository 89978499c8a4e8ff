/// The twin, in Double, of the kernels that run BatchNorm, a residual addition and ReLU in one pass over a tile of
/// activations stored channels last: values are `[rows, C]`, per-channel numbers `[C]`.
public struct ReferenceFusedBatchNorm: Hashable, Sendable {
  public var channels: Int
  public var rectifies: Bool

  public init(channels: Int, rectifies: Bool) {
    (self.channels, self.rectifies) = (channels, rectifies)
  }

  /// Per channel what centres, scales and shifts.
  public struct Normalisation: Hashable, Sendable {
    public var means, scales, shifts: [Double]

    public init(means: [Double], scales: [Double], shifts: [Double]) {
      (self.means, self.scales, self.shifts) = (means, scales, shifts)
    }
  }

  public func moments(of x: [Double]) -> (means: [Double], squaredDeviations: [Double]) {
    let rows = Double(max(x.count / channels, 1))
    let means = sums(of: x).map { $0 / rows }
    return (means, sums(of: x.enumerated().map { ($1 - means[$0 % channels]) * ($1 - means[$0 % channels]) }))
  }

  /// max(((x - mean) scale + shift) + residual, 0), or without the maximum.
  public func normalise(_ x: [Double], adding residual: [Double]?, _ by: Normalisation) -> [Double] {
    x.indices.map { at in
      let value = normalised(x, at, by) + (residual?[at] ?? 0)
      return rectifies ? max(value, 0) : value
    }
  }

  /// The gradient of what enters ReLU: `dy` where the output is positive.
  public func maskedGradient(_ x: [Double], adding residual: [Double]?, _ by: Normalisation, dy: [Double]) -> [Double] {
    guard rectifies else { return dy }
    return zip(normalise(x, adding: residual, by), dy).map { $0 > 0 ? $1 : 0 }
  }

  /// Σ g and Σ g (x - mean).
  public func gradientSums(_ x: [Double], gradient g: [Double], means: [Double]) -> (sums: [Double], centred: [Double])
  {
    (sums(of: g), sums(of: x.indices.map { g[$0] * (x[$0] - means[$0 % channels]) }))
  }

  /// a g + b (x - mean) + c.
  public func inputGradient(
    _ x: [Double], gradient g: [Double], means: [Double], a: [Double], b: [Double], c: [Double]
  ) -> [Double] {
    x.indices.map { at in
      let channel = at % channels
      return a[channel] * g[at] + b[channel] * (x[at] - means[channel]) + c[channel]
    }
  }

  private func normalised(_ x: [Double], _ at: Int, _ by: Normalisation) -> Double {
    let channel = at % channels
    return (x[at] - by.means[channel]) * by.scales[channel] + by.shifts[channel]
  }

  private func sums(of values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    for (at, value) in values.enumerated() { sums[at % channels] += value }
    return sums
  }
}
