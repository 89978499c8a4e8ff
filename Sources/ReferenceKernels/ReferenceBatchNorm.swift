import Tensors

/// What normalises a batch: per channel the count of values, their mean, and the sum of squared deviations from it.
public struct ReferenceMoments: Hashable, Sendable {
  public let count: Int
  public let means: [Double]
  public let squaredDeviations: [Double]

  /// The moments of the values of all ranks together, `[N, C, ...]` each.
  public init(of ranks: [ReferenceTensor]) {
    let channels = ranks[0].shape[1]
    var (means, squaredDeviations) = ([Double](), [Double]())
    var count = 0
    for channel in 0..<channels {
      let values = ranks.flatMap { $0.values(ofChannel: channel) }
      let mean = values.reduce(0, +) / Double(max(values.count, 1))
      means.append(mean)
      squaredDeviations.append(values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
      count = values.count
    }
    (self.count, self.means, self.squaredDeviations) = (count, means, squaredDeviations)
  }

  /// Moments as running statistics give them: mean and variance.
  public init(means: [Double], variances: [Double]) {
    (count, self.means, squaredDeviations) = (1, means, variances)
  }

  public func variance(_ channel: Int) -> Double { squaredDeviations[channel] / Double(count) }
}

/// Batch normalisation of `[N, C, ...]` per channel, x̂ = (x - mean) / sqrt(variance + epsilon), y = scale x̂ + shift.
public struct ReferenceBatchNorm: Hashable, Sendable {
  public var epsilon: Double
  public var momentum: Double

  public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
    (self.epsilon, self.momentum) = (epsilon, momentum)
  }

  public struct Gradients: Hashable, Sendable {
    /// One per rank, in the shapes of the ranks' inputs.
    public var inputs: [ReferenceTensor]
    /// Over all ranks, `[C]`.
    public var scale, shift: ReferenceTensor
  }

  public func forward(
    _ x: ReferenceTensor, scale: ReferenceTensor, shift: ReferenceTensor, moments: ReferenceMoments
  ) -> ReferenceTensor {
    var y = x
    for (at, channel) in x.channels.enumerated() {
      y.values[at] = scale.values[channel] * normalised(x.values[at], channel, moments) + shift.values[channel]
    }
    return y
  }

  /// The gradients of a loss that depends on every rank's output, through statistics that are `moments` of all ranks'
  /// inputs together:
  ///
  ///     dx = scale / sqrt(variance + epsilon) (dy - mean of dy - x̂ mean of (dy x̂))
  public func backward(
    _ ranks: [(x: ReferenceTensor, dy: ReferenceTensor)], scale: ReferenceTensor
  ) -> Gradients {
    let moments = ReferenceMoments(of: ranks.map(\.x))
    var dScale = ReferenceTensor(zeros: scale.shape)
    var dShift = ReferenceTensor(zeros: scale.shape)
    for (x, dy) in ranks {
      for (at, channel) in x.channels.enumerated() {
        dScale.values[channel] += dy.values[at] * normalised(x.values[at], channel, moments)
        dShift.values[channel] += dy.values[at]
      }
    }
    let count = Double(moments.count)
    let inputs = ranks.map { x, dy in
      var dx = x
      for (at, channel) in x.channels.enumerated() {
        let projected =
          dy.values[at] - dShift.values[channel] / count
          - normalised(x.values[at], channel, moments) * dScale.values[channel] / count
        dx.values[at] = scale.values[channel] / deviation(channel, moments) * projected
      }
      return dx
    }
    return Gradients(inputs: inputs, scale: dScale, shift: dShift)
  }

  /// running = (1 - momentum) running + momentum batch, with the unbiased variance; a single value changes nothing.
  public func track(
    _ moments: ReferenceMoments, means: ReferenceTensor, variances: ReferenceTensor
  ) -> (means: ReferenceTensor, variances: ReferenceTensor) {
    var (means, variances) = (means, variances)
    guard moments.count > 1 else { return (means, variances) }
    for channel in moments.means.indices {
      let unbiased = moments.squaredDeviations[channel] / Double(moments.count - 1)
      means.values[channel] = (1 - momentum) * means.values[channel] + momentum * moments.means[channel]
      variances.values[channel] = (1 - momentum) * variances.values[channel] + momentum * unbiased
    }
    return (means, variances)
  }

  private func deviation(_ channel: Int, _ moments: ReferenceMoments) -> Double {
    (moments.variance(channel) + epsilon).squareRoot()
  }

  private func normalised(_ value: Double, _ channel: Int, _ moments: ReferenceMoments) -> Double {
    (value - moments.means[channel]) / deviation(channel, moments)
  }
}

extension ReferenceTensor {
  private var pixels: Int { shape.dimensions.dropFirst(2).reduce(1, *) }

  /// The channel of each value, in the order of the values.
  fileprivate var channels: some Sequence<Int> {
    values.indices.lazy.map { $0 / pixels % shape[1] }
  }

  fileprivate func values(ofChannel channel: Int) -> [Double] {
    zip(values, channels).filter { $1 == channel }.map(\.0)
  }
}
