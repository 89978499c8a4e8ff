import Network
import Tensors
import TestSupport
import Testing

/// Pooling, run as networks of one node in tiles of several sizes, against its definition in Double, over sizes that leave
/// remainders in every blocking.
@Suite struct PoolingTests {
  private static let channels = [1, 3, 5, 16, 17, 40, 64, 81]
  private static let extents = [1, 2, 5, 7, 13]

  private func window(_ random: inout TestRandom, dilations: Range<Int>) -> SlidingWindow {
    let kernel = random.integer(in: 1..<5)
    return SlidingWindow(
      kernel: kernel, stride: random.integer(in: 1..<4), padding: random.integer(in: 0..<kernel / 2 + 1),
      dilation: random.integer(in: dilations), roundsUp: random.integer(in: 0..<2) == 1)
  }

  /// Of 1000 random sizes the first that fits, in tiles of 1 to 3 of 6 samples.
  private func expectAgreement(
    seed: UInt64, tolerance: Double, _ operation: (inout TestRandom) -> any Operation
  ) throws {
    var random = TestRandom(seed: seed)
    for _ in 0..<1000 {
      let operation = operation(&random)
      let input: Shape = [
        random.element(of: Self.channels), random.element(of: Self.extents), random.element(of: Self.extents),
      ]
      guard (try? operation.outputShape(of: [input])) != nil else { continue }
      try NetworkTests.expectAgreement(
        try Graph.single(operation, input: input, batch: 6), batch: 6, seed: seed, tolerance: tolerance,
        options: PlanOptions(tile: random.integer(in: 1..<4)))
      return
    }
    Issue.record("no size fits")
  }

  @Test(arguments: UInt64(0)..<60) func maximum(seed: UInt64) throws {
    try expectAgreement(seed: seed, tolerance: 1e-6) {
      MaxPooling(rows: window(&$0, dilations: 1..<4), columns: window(&$0, dilations: 1..<4))
    }
  }

  @Test(arguments: UInt64(0)..<60) func average(seed: UInt64) throws {
    try expectAgreement(seed: seed, tolerance: 1e-6) {
      AveragePooling(
        rows: window(&$0, dilations: 1..<2), columns: window(&$0, dilations: 1..<2),
        countsPadding: $0.integer(in: 0..<2) == 1)
    }
  }

  @Test(arguments: UInt64(0)..<40) func adaptive(seed: UInt64) throws {
    try expectAgreement(seed: seed, tolerance: 1e-6) {
      AdaptiveAveragePooling(height: $0.integer(in: 1..<15), width: $0.integer(in: 1..<15))
    }
    try expectAgreement(seed: seed, tolerance: 1e-6) {
      AdaptiveMaxPooling(height: $0.integer(in: 1..<15), width: $0.integer(in: 1..<15))
    }
  }

  /// The whole image as one window of more than 255 elements.
  @Test func maximumOfALargeWindow() throws {
    let graph = try Graph.single(AdaptiveMaxPooling(height: 1, width: 1), input: [19, 40, 50], batch: 2)
    try NetworkTests.expectAgreement(graph, batch: 2, seed: 1, tolerance: 1e-7)
  }
}
