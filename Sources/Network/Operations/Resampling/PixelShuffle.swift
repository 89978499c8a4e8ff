import Kernels
import Tensors

/// Channels become pixels, `[C r r, H, W] -> [C, H r, W r]`: y[c, h r + i, w r + j] = x[(c r + i) r + j, h, w], the sub-pixel
/// convolution's last step (Shi et al. 2016), as PyTorch's `PixelShuffle`.
///
/// A permutation: in forward mode the tangent is permuted alike.
public struct PixelShuffle: Operation {
  public var factor: Int

  public init(factor: Int) { self.factor = factor }

  public var kind: String { "pixel shuffle" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    guard factor > 0, input[0] % (factor * factor) == 0 else {
      throw ShapeError(
        kind, inputs, "\(input[0]) channels do not divide into squares of \(factor)x\(factor) pixels")
    }
    return [input[0] / (factor * factor), input[1] * factor, input[2] * factor]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.isCheap = true
    return rule
  }

  public func prepare(at site: Site) -> any PreparedOperation {
    PreparedPixelShuffle(small: site.inputShapes[0], factor: factor, shuffles: true, at: site)
  }
}

/// The inverse, `[C, H r, W r] -> [C r r, H, W]`, as PyTorch's `PixelUnshuffle`.
public struct PixelUnshuffle: Operation {
  public var factor: Int

  public init(factor: Int) { self.factor = factor }

  public var kind: String { "pixel unshuffle" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    guard factor > 0, input[1] % factor == 0, input[2] % factor == 0 else {
      throw ShapeError(
        kind, inputs, "height and width do not divide by \(factor); pad or crop the images")
    }
    return [input[0] * factor * factor, input[1] / factor, input[2] / factor]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.isCheap = true
    return rule
  }

  public func prepare(at site: Site) -> any PreparedOperation {
    PreparedPixelShuffle(small: site.outputShape, factor: factor, shuffles: false, at: site)
  }
}

private final class PreparedPixelShuffle: PreparedOperation {
  private let kernel: PixelShuffleKernel
  /// Forward; backward is the other way.
  private let shuffles: Bool

  init(small: Shape, factor: Int, shuffles: Bool, at site: Site) {
    kernel = PixelShuffleKernel(
      channels: small[0] / (factor * factor), height: small[1], width: small[2], factor: factor, samples: site.tile,
      team: site.engine.team)
    self.shuffles = shuffles
  }

  func forward(_ call: Call) { move(call.floats(ofInput: 0), to: call.outputFloats, shuffles: shuffles) }

  func backward(_ call: Call) {
    guard let dx = call.gradientFloats(ofInput: 0) else { return }
    move(call.outputGradientFloats, to: dx, shuffles: !shuffles)
  }

  private func move(
    _ source: UnsafeMutablePointer<Float>, to destination: UnsafeMutablePointer<Float>, shuffles: Bool
  ) {
    if shuffles { kernel.shuffle(source, into: destination) } else { kernel.unshuffle(source, into: destination) }
  }
}
