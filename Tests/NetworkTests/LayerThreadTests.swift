import Network
import Tensors
import TestSupport
import Testing

/// Layers whose kernels spread their work over threads, large enough that they do.
@Suite struct LayerThreadTests {
  private static let operations: [any Operation] = [
    MaxPooling(kernel: 3, stride: 2, padding: 1), AveragePooling(kernel: 3, stride: 1, padding: 1),
    Upsampling(.bilinear(alignsCorners: false), factor: 2), PixelShuffle(factor: 2), PixelUnshuffle(factor: 2),
    LayerNorm(over: .channels), LayerNorm(over: .sample), GroupNorm(groups: 8), LocalResponseNorm(alpha: 0.1),
  ]

  @Test(arguments: [1, 2, 3], operations.indices) func agree(threads: Int, operation: Int) throws {
    let graph = try Graph.single(Self.operations[operation], input: [64, 24, 26], batch: 4)
    try expectAgreement(
      graph, batch: 4, seed: 1, tolerance: 2e-6, options: PlanOptions(tile: 2, threads: threads))
  }
}
