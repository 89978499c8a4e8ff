import CVectorKernels
import Tensors

/// `y = factor x` for `count` elements of `type` (f32 or bf16); `y` may be `x`.
public func scale(
  _ x: UnsafeRawPointer, by factor: Float, into y: UnsafeMutableRawPointer, count: Int, type: ElementType,
  team: ThreadTeam
) {
  let kernel = products(type).scale
  team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
    let offset = range.lowerBound * type.bytes
    kernel(x + offset, factor, y + offset, range.count)
  }
}

/// `product = a b`, element by element; `product` may be either.
public func multiply(
  _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, into product: UnsafeMutableRawPointer, count: Int, type: ElementType,
  team: ThreadTeam
) {
  let kernel = products(type).multiply
  team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
    let offset = range.lowerBound * type.bytes
    kernel(a + offset, b + offset, product + offset, range.count)
  }
}

/// Products of feature maps `[samples, pixels, channels]`, stored so, with factors `[samples, channels]`: each channel of
/// each sample has a factor of its own.
public struct ChannelScaling: Sendable {
  public let samples, pixels, channels: Int
  public let type: ElementType

  public init(samples: Int, pixels: Int, channels: Int, type: ElementType) {
    (self.samples, self.pixels, self.channels, self.type) = (samples, pixels, channels, type)
  }

  /// The product, and from the output's gradient that of the feature maps. `y` may be `x`.
  public func multiply(
    _ x: UnsafeRawPointer, by factors: UnsafeRawPointer, into y: UnsafeMutableRawPointer, team: ThreadTeam
  ) {
    let kernel = products(type).scale_channels
    team.forEachSample(samples, elements: pixels * channels) { sample in
      let (map, vector) = (sample * pixels * channels * type.bytes, sample * channels * type.bytes)
      kernel(x + map, factors + vector, y + map, pixels, channels)
    }
  }

  /// The gradient of the factors: the sums over the pixels of `x dy`, added up in f64.
  public func factorGradient(
    _ x: UnsafeRawPointer, outputGradient dy: UnsafeRawPointer, into gradient: UnsafeMutableRawPointer,
    team: ThreadTeam
  ) {
    let kernel = products(type).sum_channels
    team.forEachSample(samples, elements: pixels * channels) { sample in
      let (map, vector) = (sample * pixels * channels * type.bytes, sample * channels * type.bytes)
      kernel(x + map, dy + map, gradient + vector, pixels, channels)
    }
  }
}

private func products(_ type: ElementType) -> cvk_products {
  let kernels = bestKernels()
  switch type {
  case .f32: return kernels.pointee.products_f32
  case .bf16: return kernels.pointee.products_bf16
  default: preconditionFailure("no kernels for \(type) activations")
  }
}
