import Tensors

/// y[n, k, ...] = x[n, k, ...] + b[k].
public struct ReferenceBias: Hashable, Sendable {
  public init() {}

  public func forward(_ x: ReferenceTensor, bias: ReferenceTensor) -> ReferenceTensor {
    var y = x
    for index in y.values.indices { y.values[index] += bias.values[channel(of: index, x.shape)] }
    return y
  }

  /// The gradient of the bias, `[K]`; that of x is the output's.
  public func gradient(outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    var gradient = ReferenceTensor(zeros: [dy.shape[1]])
    for (index, value) in dy.values.enumerated() { gradient.values[channel(of: index, dy.shape)] += value }
    return gradient
  }

  private func channel(of index: Int, _ shape: Shape) -> Int {
    index / shape.dimensions.dropFirst(2).reduce(1, *) % shape[1]
  }
}
