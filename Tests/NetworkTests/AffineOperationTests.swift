import Network
import Tensors
import TestSupport
import Testing

/// Convolutions, transposed ones and fully connected layers against their definitions in Double: output and all gradients,
/// tile by tile, over sizes that leave remainders in every blocking. Tolerances as in `OperationTests`,
/// twice as wide: the gradient of a bias is a plain sum over all pixels.
@Suite struct AffineOperationTests {
  @Test(arguments: UInt64(0)..<80) func convolutionOfRandomSize(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let (operation, input) = random.windowed { random, outputChannels, groups in
      Convolution(
        outputChannels: outputChannels, rows: random.axis(), columns: random.axis(), groups: groups,
        hasBias: random.element(of: [false, true]))
    }
    try expectAgreement(operation, input, random.tiledBatch(), seed: seed)
  }

  @Test(arguments: UInt64(0)..<80) func transposedConvolutionOfRandomSize(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let (operation, input) = random.windowed { random, outputChannels, groups in
      TransposedConvolution(
        outputChannels: outputChannels, rows: random.axis(), columns: random.axis(),
        outputPaddingRows: random.integer(in: 0..<3), outputPaddingColumns: random.integer(in: 0..<3), groups: groups,
        hasBias: random.element(of: [false, true]))
    }
    try expectAgreement(operation, input, random.tiledBatch(), seed: seed)
  }

  @Test(arguments: [
    Convolution(outputChannels: 64, kernel: 7, stride: 2, padding: 3),
    Convolution(outputChannels: 64, kernel: 3, padding: 1, hasBias: true),
    Convolution(outputChannels: 64, kernel: 3, padding: 1),
    Convolution(outputChannels: 64, kernel: 3, stride: 2, padding: 1),
    Convolution(outputChannels: 128, kernel: 1, stride: 2),
    Convolution(outputChannels: 64, kernel: 3, padding: 1, groups: 64),
    Convolution(outputChannels: 64, rows: .init(kernel: 1), columns: .init(kernel: 7, padding: 3)),
  ])
  func convolutionOfKnownNetworks(_ convolution: Convolution) throws {
    let channels = convolution.rows.kernel == 7 ? 3 : 64
    try expectAgreement(convolution, [channels, 14, 14], (batch: 4, tile: 2), seed: 1)
  }

  @Test(arguments: [1, 3, 5, 16, 17, 64], [false, true]) func linear(inputs: Int, hasBias: Bool) throws {
    for (batch, tile) in [(1, 1), (3, 3), (4, 2), (5, 1)] {
      for outputs in [1, 5, 17] {
        try expectAgreement(Linear(outputs: outputs, hasBias: hasBias), [inputs], (batch, tile), seed: 1)
      }
    }
  }

  private func expectAgreement(
    _ operation: some Operation, _ input: Shape, _ size: (batch: Int, tile: Int), seed: UInt64
  ) throws {
    let graph = try Graph.single(operation, input: input, batch: size.batch)
    try NetworkTests.expectAgreement(
      graph, batch: size.batch, seed: seed, tolerance: 1e-5, options: PlanOptions(tile: size.tile))
  }

  @Test func sizesThatDoNotFitAreRefused() throws {
    func expectRefusal(_ operation: some Operation, _ input: Shape, _ reason: String) {
      let error = #expect(throws: ShapeError.self) { try operation.outputShape(of: [input]) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
    expectRefusal(Convolution(outputChannels: 4, kernel: 3), [3], "channels, height and width")
    expectRefusal(Convolution(outputChannels: 4, kernel: 3, groups: 2), [3, 8, 8], "3 and 4 channels do not divide")
    expectRefusal(Convolution(outputChannels: 4, kernel: 3, dilation: 4), [3, 8, 8], "a 9x9 kernel does not fit")
    expectRefusal(Convolution(outputChannels: 4, kernel: 3, stride: 0), [3, 8, 8], "must be positive")
    expectRefusal(
      TransposedConvolution(outputChannels: 4, kernel: 2, stride: 2, outputPadding: 2), [3, 8, 8],
      "output padding of 2 must be less than the stride of 2")
    expectRefusal(TransposedConvolution(outputChannels: 4, kernel: 1, padding: 2), [3, 4, 8], "leaves nothing")
    expectRefusal(Linear(outputs: 4), [3, 8, 8], "pool or flatten")
  }
}
