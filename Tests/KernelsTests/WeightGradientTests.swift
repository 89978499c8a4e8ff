import CVectorKernels
import Kernels
import ReferenceKernels
import TestSupport
import Tensors
import Testing

/// The weight gradient of our own against the definition in Double, for every instruction set and several threads.
@Suite struct WeightGradientTests {
  /// What the kernel treats differently: columns read in place or gathered; one or several of its blocks of positions
  /// (112), chunks of columns (288) and panels of outputs (32); windows that see little but padding.
  private static let cases = [
    WeightGradientCase(16, to: 32, extent: 7, .init(kernel: 1)),
    WeightGradientCase(65, to: 33, extent: 11, .init(kernel: 1), tiles: [1, 2]),
    WeightGradientCase(1, to: 1, extent: 1, .init(kernel: 1), tiles: [1]),
    WeightGradientCase(1024, to: 5, extent: 3, .init(kernel: 1)),
    WeightGradientCase(20, to: 40, extent: 9, .init(kernel: 1, stride: 2)),
    WeightGradientCase(
      3, to: 64, 31, 23, .init(kernel: 7, stride: 2, padding: 3), .init(kernel: 7, stride: 2, padding: 3)),
    WeightGradientCase(64, to: 64, extent: 14, .init(kernel: 3, padding: 1), tiles: [2]),
    WeightGradientCase(100, to: 65, extent: 6, .init(kernel: 3, padding: 1)),
    WeightGradientCase(33, to: 17, extent: 13, .init(kernel: 3, stride: 2, padding: 1)),
    WeightGradientCase(5, to: 7, extent: 17, .init(kernel: 3, stride: 3)),
    WeightGradientCase(13, to: 14, extent: 12, .init(kernel: 5, padding: 4, dilation: 2)),
    WeightGradientCase(12, to: 24, 9, 20, .init(kernel: 1), .init(kernel: 7, padding: 3)),
    WeightGradientCase(12, to: 24, 20, 9, .init(kernel: 7, padding: 3), .init(kernel: 1)),
    WeightGradientCase(
      4, to: 6, 5, 8, .init(kernel: 3, stride: 2, dilation: 2), .init(kernel: 2, padding: 3, dilation: 3)),
    WeightGradientCase(6, to: 4, extent: 2, .init(kernel: 5, padding: 3)),
    WeightGradientCase(2, to: 3, extent: 120, .init(kernel: 3, padding: 1), tiles: [1]),
  ]

  @Test(arguments: instructionSets, cases)
  func agreesWithTheDefinition(set: cvk_instruction_set, test: WeightGradientCase) throws {
    try expectAgreement(test, set, seed: 1)
  }

  @Test(arguments: instructionSets, 0..<60 as Range<UInt64>)
  func agreesWithTheDefinitionOnAnyConvolution(set: cvk_instruction_set, seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    try expectAgreement(WeightGradientCase(random: &random), set, seed: seed)
  }

  private func expectAgreement(_ test: WeightGradientCase, _ set: cvk_instruction_set, seed: UInt64) throws {
    try skipUnlessAvailable(set)
    let batch = WeightGradientBatch(test, seed: seed)
    let expected = test.reference(input: batch.input, outputGradient: batch.outputGradient)
    let results = try (1...3).map { try batch.weightGradient(set, threads: $0) }
    #expect(relativeError(of: results[0], to: expected) < 1e-6, "\(test.testDescription)")
    #expect(
      results[1] == results[0] && results[2] == results[0], "the number of threads changes \(test.testDescription)")
  }
}

/// Random activations of all tiles of a case.
private struct WeightGradientBatch {
  let test: WeightGradientCase
  let input, outputGradient: ReferenceTensor

  init(_ test: WeightGradientCase, seed: UInt64) {
    let all = test.geometry(images: test.tiles.reduce(0, +))
    var random = TestRandom(seed: seed)
    func tensor(_ shape: Shape) -> ReferenceTensor { ReferenceTensor(shape, random.values(shape.elements)) }
    self.test = test
    input = tensor([all.batch, all.inputChannels, all.inputHeight, all.inputWidth])
    outputGradient = tensor([all.batch, all.outputChannels, all.outputHeight, all.outputWidth])
  }

  /// The gradient of all tiles, from memory that holds no sums yet, without a byte to spare on either side.
  func weightGradient(_ set: cvk_instruction_set, threads: Int) throws -> [Float] {
    let team = try Engine(threads: threads).team
    let result = Tile(.f32, count: test.weightShape.elements)
    let (x, dy) = (Tile(.f32, channelsLast(input)), Tile(.f32, channelsLast(outputGradient)))
    let passes = test.tiles.map { OwnWeightGradient(test.geometry(images: $0), team: team, instructionSet: set) }
    let staging = AlignedBuffer(bytes: passes[0].stagingBytes)
    staging.elements(Float.self).update(repeating: .nan)
    var images = 0
    for (index, pass) in passes.enumerated() {
      pass.run(
        input: x.address + images * MemoryLayout<Float>.stride * input.values.count / input.shape[0],
        outputGradient: dy.address
          + images * MemoryLayout<Float>.stride * outputGradient.values.count / outputGradient.shape[0],
        weights: result.floats, bias: nil, staging: staging.bytes.baseAddress!, isFirst: index == 0,
        isLast: index == passes.count - 1)
      images += test.tiles[index]
    }
    return withTiles([result, x, dy]) { _ in result.values.map(Float.init) }
  }

  /// `[N, C, H, W]` in the order N, H, W, C.
  private func channelsLast(_ tensor: ReferenceTensor) -> [Double] {
    let shape = tensor.shape
    return (0..<shape[0]).flatMap { n in
      (0..<shape[2]).flatMap { h in
        (0..<shape[3]).flatMap { w in (0..<shape[1]).map { c in tensor[n, c, h, w] } }
      }
    }
  }
}
