import Network
import Tensors
import TestSupport
import Testing

/// LayerNorm, GroupNorm and local response normalisation, run as networks of one node in tiles of several sizes, against
/// their definitions in Double.
@Suite struct NormalizationTests {
  private static let channels = [1, 3, 5, 16, 17, 40, 64, 96]
  private static let shapes: [Shape] = [[1], [37], [1030], [3, 1, 1], [17, 7, 5], [64, 13, 13], [96, 4, 4]]

  /// In tiles of 1, 2 and all of 4 samples.
  private func expectAgreement(
    _ operation: some Operation, _ input: Shape, seed: UInt64 = 1, tolerance: Double, mean: Double = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for tile in [1, 2, 4] {
      try NetworkTests.expectAgreement(
        try Graph.single(operation, input: input, batch: 4), batch: 4, seed: seed, tolerance: tolerance, floor: 1,
        mean: mean, options: PlanOptions(tile: tile), sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: shapes) func layerNorm(_ shape: Shape) throws {
    // A group of one value has no gradient but the rounding of terms of 1 / √epsilon.
    let tolerance = shape == [1] ? 1e-4 : 2e-6
    try expectAgreement(LayerNorm(over: .sample), shape, tolerance: tolerance)
    try expectAgreement(LayerNorm(over: .channels, epsilon: 1e-6), shape, tolerance: tolerance)
  }

  @Test(arguments: channels) func groupNorm(channels: Int) throws {
    for groups in 1...channels where channels % groups == 0 {
      for extent in [2, 7] {
        try expectAgreement(GroupNorm(groups: groups), [channels, extent, 3], tolerance: 2e-6)
      }
      // In groups of a few values the terms of the gradient all but cancel.
      if groups < channels { try expectAgreement(GroupNorm(groups: groups), [channels], tolerance: 1e-5) }
    }
  }

  /// 1e4 with a deviation of 1 leaves f32 inputs ten bits for the deviation; nothing more may be lost on the way.
  @Test(arguments: [1e4, -1e4, 3e4]) func farFromZero(mean: Double) throws {
    try expectAgreement(LayerNorm(over: .sample), [17, 13, 13], tolerance: 2e-6, mean: mean)
    try expectAgreement(LayerNorm(over: .channels), [96, 3, 3], tolerance: 2e-6, mean: mean)
    try expectAgreement(GroupNorm(groups: 4), [16, 13, 13], tolerance: 2e-6, mean: mean)
  }

  @Test(arguments: channels, 1...6) func localResponseNorm(channels: Int, size: Int) throws {
    for beta in [0.75, 0.5, 1.3] as [Float] {
      let norm = LocalResponseNorm(size: size, alpha: 0.5, beta: beta, k: 1.5)
      try expectAgreement(norm, [channels, 3, 4], seed: UInt64(size), tolerance: 1e-6)
    }
  }

  /// Evaluation has no workspace.
  @Test func evaluation() throws {
    let operations: [any Operation] = [
      LayerNorm(over: .channels), LayerNorm(over: .sample), GroupNorm(groups: 4), MaxPooling(kernel: 2),
    ]
    for operation in operations {
      var random = TestRandom(seed: 1)
      let graph = try Graph.single(operation, input: [16, 6, 5], batch: 4)
      var reference = ReferenceNetwork(graph, random: &random)
      let fast = try FastNetwork(
        reference, batches: .init(training: [], evaluation: [4]), options: PlanOptions(tile: 2))
      let images = random.tensor([4, 16, 6, 5])
      let expected = reference.forward(images, .evaluation).last!.values
      #expect(relativeError(of: try fast.forward(images, .evaluation), to: expected) < 1e-6, "\(operation.kind)")
    }
  }
}
