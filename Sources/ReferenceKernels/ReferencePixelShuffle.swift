import Tensors

/// Channels become pixels and back: y[n, c, h r + i, w r + j] = x[n, (c r + i) r + j, h, w].
public struct ReferencePixelShuffle: Hashable, Sendable {
  public var factor: Int

  public init(factor: Int) { self.factor = factor }

  public func shuffle(_ x: ReferenceTensor) -> ReferenceTensor {
    let area = factor * factor
    var y = ReferenceTensor(zeros: [x.shape[0], x.shape[1] / area, x.shape[2] * factor, x.shape[3] * factor])
    forEachPair(small: x.shape) { small, large in y.values[large(y)] = x.values[small(x)] }
    return y
  }

  public func unshuffle(_ y: ReferenceTensor) -> ReferenceTensor {
    let area = factor * factor
    var x = ReferenceTensor(zeros: [y.shape[0], y.shape[1] * area, y.shape[2] / factor, y.shape[3] / factor])
    forEachPair(small: x.shape) { small, large in x.values[small(x)] = y.values[large(y)] }
    return x
  }

  private func forEachPair(
    small: Shape, _ body: ((ReferenceTensor) -> Int, (ReferenceTensor) -> Int) -> Void
  ) {
    for n in 0..<small[0] {
      for channel in 0..<small[1] {
        let (c, i, j) = (channel / factor / factor, channel / factor % factor, channel % factor)
        for h in 0..<small[2] {
          for w in 0..<small[3] {
            body({ $0.offset(n, channel, h, w) }, { $0.offset(n, c, h * self.factor + i, w * self.factor + j) })
          }
        }
      }
    }
  }
}
