import Tensors

/// The mean over height and width, `[N, C, H, W] -> [N, C]`.
public struct ReferenceGlobalAveragePooling: Hashable, Sendable {
  public init() {}

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: [x.shape[0], x.shape[1]])
    let pixels = x.shape[2] * x.shape[3]
    for at in x.values.indices { y.values[at / pixels] += x.values[at] / Double(pixels) }
    return y
  }

  public func backward(outputGradient dy: ReferenceTensor, inputShape: Shape) -> ReferenceTensor {
    var dx = ReferenceTensor(zeros: inputShape)
    let pixels = inputShape[2] * inputShape[3]
    for at in dx.values.indices { dx.values[at] = dy.values[at / pixels] / Double(pixels) }
    return dx
  }
}
