import Tensors

/// Tensors `[N, C, ...]` one after the other along their channels.
public struct ReferenceConcat: Hashable, Sendable {
  public init() {}

  public func forward(_ parts: [ReferenceTensor]) -> ReferenceTensor {
    let shape = parts[0].shape
    let channels = parts.reduce(0) { $0 + $1.shape[1] }
    let samples = (0..<shape[0]).map { n in parts.flatMap { $0.sample(n) } }
    return ReferenceTensor(Shape([shape[0], channels] + shape.dimensions.dropFirst(2)), samples.flatMap { $0 })
  }

  public func backward(outputGradient dy: ReferenceTensor, inputShapes: [Shape]) -> [ReferenceTensor] {
    var start = 0
    return inputShapes.map { shape in
      defer { start += shape[1] }
      return ReferenceSlice(channels: start..<start + shape[1]).forward(dy)
    }
  }
}

/// Some neighbouring channels of a tensor `[N, C, ...]`.
public struct ReferenceSlice: Hashable, Sendable {
  public var channels: Range<Int>

  public init(channels: Range<Int>) { self.channels = channels }

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    let shape = x.shape
    let pixels = shape.dimensions.dropFirst(2).reduce(1, *)
    let samples = (0..<shape[0]).map { n in
      x.sample(n)[pixels * channels.lowerBound..<pixels * channels.upperBound]
    }
    return ReferenceTensor(
      Shape([shape[0], channels.count] + shape.dimensions.dropFirst(2)), samples.flatMap { $0 })
  }

  /// Zero outside the slice.
  public func backward(outputGradient dy: ReferenceTensor, inputShape: Shape) -> ReferenceTensor {
    func zeros(_ channels: Int) -> ReferenceTensor {
      ReferenceTensor(zeros: Shape([dy.shape[0], channels] + dy.shape.dimensions.dropFirst(2)))
    }
    return ReferenceConcat().forward([
      zeros(channels.lowerBound), dy, zeros(inputShape[1] - channels.upperBound),
    ])
  }
}

/// `[N, C, H, W] -> [N, C H W]`: the same numbers in the same order.
public struct ReferenceFlatten: Hashable, Sendable {
  public init() {}

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor([x.shape[0], x.shape.dimensions.dropFirst().reduce(1, *)], x.values)
  }

  public func backward(outputGradient dy: ReferenceTensor, inputShape: Shape) -> ReferenceTensor {
    ReferenceTensor(inputShape, dy.values)
  }
}

extension ReferenceTensor {
  /// The values of one sample.
  fileprivate func sample(_ n: Int) -> [Double] {
    let count = shape.dimensions.dropFirst().reduce(1, *)
    return Array(values[n * count..<(n + 1) * count])
  }
}
