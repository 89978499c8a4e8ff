import Network
import Tensors
import TestSupport
import Testing

/// Upsampling and pixel shuffling, run as networks of one node in tiles, against their definitions in Double.
@Suite struct ResamplingTests {
  private static let channels = [1, 3, 17, 64]

  private func expectAgreement(_ operation: some Operation, _ input: Shape, seed: UInt64, tolerance: Double) throws {
    var random = TestRandom(seed: seed)
    try NetworkTests.expectAgreement(
      try Graph.single(operation, input: input, batch: 6), batch: 6, seed: seed, tolerance: tolerance,
      options: PlanOptions(tile: random.integer(in: 1..<4)))
  }

  @Test(
    arguments: [.nearest, .bilinear(alignsCorners: false), .bilinear(alignsCorners: true)] as [Upsampling.Method],
    UInt64(0)..<20)
  func upsampling(_ method: Upsampling.Method, seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let input: Shape = [random.element(of: Self.channels), random.integer(in: 1..<10), random.integer(in: 1..<10)]
    let size = Upsampling.Size.pixels(height: random.integer(in: 1..<20), width: random.integer(in: 1..<20))
    try expectAgreement(Upsampling(method, to: size), input, seed: seed, tolerance: 1e-6)
    let factors = Upsampling.Size.factor(
      rows: random.element(of: [1, 1.1, 2, 2.1, 2.6]), columns: random.element(of: [1, 1.5, 2, 3, 8]))
    try expectAgreement(Upsampling(method, to: factors), input, seed: seed, tolerance: 1e-6)
  }

  @Test(arguments: channels, 1...4) func pixelShuffling(channels: Int, factor: Int) throws {
    let small: Shape = [channels * factor * factor, 3, 5]
    try expectAgreement(PixelShuffle(factor: factor), small, seed: 1, tolerance: 0)
    let large: Shape = [channels, 3 * factor, 5 * factor]
    try expectAgreement(PixelUnshuffle(factor: factor), large, seed: 2, tolerance: 0)
  }

  @Test func unshufflingUndoesShuffling() throws {
    #expect(try PixelUnshuffle(factor: 3).outputShape(of: [[2, 6, 9]]) == [18, 2, 3])
    #expect(try PixelShuffle(factor: 3).outputShape(of: [[18, 2, 3]]) == [2, 6, 9])
  }
}
