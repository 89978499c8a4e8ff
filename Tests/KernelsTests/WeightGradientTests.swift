import CVectorKernels
import Kernels
import ReferenceKernels
import TestSupport
import Tensors
import Testing

/// The weight gradients of our own against the definition in Double, for all instructions and several threads.
@Suite struct WeightGradientTests {
  /// What the kernel treats differently: outputs or columns as the wide side of the sums; one or several of its blocks of
  /// positions (160), chunks of rows (520) and panels (32); windows that see little but padding.
  private static let cases = [
    WeightGradientCase(16, to: 32, extent: 7, .init(kernel: 1)),
    WeightGradientCase(65, to: 33, extent: 11, .init(kernel: 1), tiles: [1, 2]),
    WeightGradientCase(1, to: 1, extent: 1, .init(kernel: 1), tiles: [1]),
    WeightGradientCase(1024, to: 5, extent: 3, .init(kernel: 1)),
    WeightGradientCase(530, to: 540, extent: 2, .init(kernel: 1)),
    WeightGradientCase(60, to: 530, extent: 2, .init(kernel: 3, padding: 1)),
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
    // bf16: several chunks of positions; kernels whose rows are taken for channels, and just not.
    WeightGradientCase(96, to: 200, extent: 41, .init(kernel: 1), tiles: [2, 2]),
    WeightGradientCase(8, to: 40, 12, 15, .init(kernel: 3, padding: 1), .init(kernel: 4, stride: 3, padding: 2)),
    WeightGradientCase(9, to: 3, 12, 15, .init(kernel: 3, padding: 1), .init(kernel: 4, stride: 3, padding: 2)),
    WeightGradientCase(3, to: 8, extent: 9, .init(kernel: 1, padding: 3), tiles: [3]),
  ]

  static let passes =
    instructionSets.map { WeightGradientKernel.f32($0) }
    + [CVK_PLAIN_PRODUCTS, CVK_AVX512_PRODUCTS, CVK_AMX_PRODUCTS].map { .bf16($0) }

  @Test(arguments: passes, cases)
  func agreesWithTheDefinition(kernel: WeightGradientKernel, test: WeightGradientCase) throws {
    try expectAgreement(test, kernel, seed: 1)
  }

  @Test(arguments: passes, 0..<60 as Range<UInt64>)
  func agreesWithTheDefinitionOnAnyConvolution(kernel: WeightGradientKernel, seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    try expectAgreement(WeightGradientCase(random: &random), kernel, seed: seed)
  }

  private func expectAgreement(_ test: WeightGradientCase, _ kernel: WeightGradientKernel, seed: UInt64) throws {
    try kernel.skipUnlessAvailable()
    let batch = WeightGradientBatch(test, kernel.type, seed: seed)
    let expected = test.reference(input: batch.input, outputGradient: batch.outputGradient)
    let results = try (1...3).map { try batch.weightGradient(kernel, threads: $0) }
    #expect(relativeError(of: results[0], to: expected) < kernel.tolerance, "\(test.testDescription)")
    #expect(
      results[1] == results[0] && results[2] == results[0], "the number of threads changes \(test.testDescription)")
  }
}

/// A kernel for one type of activations and one kind of instructions.
enum WeightGradientKernel: CustomTestStringConvertible {
  case f32(cvk_instruction_set)
  case bf16(cvk_bf16_products)

  var type: ElementType {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    }
  }

  /// Of thousands of positions; those of bf16 are added one by one, those of f32 in blocks.
  var tolerance: Double { type == .f32 ? 1e-6 : 3e-6 }

  var testDescription: String {
    switch self {
    case .f32(let set): "f32, instruction set \(set.rawValue)"
    case .bf16(let products): "bf16, products \(products.rawValue)"
    }
  }

  func skipUnlessAvailable() throws {
    switch self {
    case .f32(let set): try KernelsTests.skipUnlessAvailable(set)
    case .bf16(let products):
      if !cvk_can_multiply(products) { try Test.cancel("this machine lacks products \(products.rawValue)") }
    }
  }

  func pass(_ geometry: ConvolutionGeometry, team: ThreadTeam) -> any WeightGradientPass {
    switch self {
    case .f32(let set): F32WeightGradient(geometry, team: team, instructionSet: set)
    case .bf16(let products): BF16WeightGradient(geometry, team: team, products: products)
    }
  }
}

/// Random activations of all tiles of a case, values that the type holds exactly.
private struct WeightGradientBatch {
  let test: WeightGradientCase
  let type: ElementType
  let input, outputGradient: ReferenceTensor

  init(_ test: WeightGradientCase, _ type: ElementType, seed: UInt64) {
    let all = test.geometry(images: test.tiles.reduce(0, +))
    var random = TestRandom(seed: seed)
    func tensor(_ shape: Shape) -> ReferenceTensor {
      ReferenceTensor(shape, Tile(type, random.values(shape.elements)).values)
    }
    (self.test, self.type) = (test, type)
    input = tensor([all.batch, all.inputChannels, all.inputHeight, all.inputWidth])
    outputGradient = tensor([all.batch, all.outputChannels, all.outputHeight, all.outputWidth])
  }

  /// The gradient of all tiles, from memory that holds no sums yet, without a byte to spare on either side.
  func weightGradient(_ kernel: WeightGradientKernel, threads: Int) throws -> [Float] {
    let team = try Engine(threads: threads).team
    let result = Tile(.f32, count: test.weightShape.elements)
    let (x, dy) = (Tile(type, input.channelsLast), Tile(type, outputGradient.channelsLast))
    let passes = test.tiles.map { kernel.pass(test.geometry(images: $0), team: team) }
    let staging = AlignedBuffer(bytes: passes.map(\.stagingBytes).max()!)
    staging.elements(Float.self).update(repeating: .nan)
    var images = 0
    for (index, pass) in passes.enumerated() {
      try pass.run(
        input: x.address + images * type.bytes * input.values.count / input.shape[0],
        outputGradient: dy.address
          + images * type.bytes * outputGradient.values.count / outputGradient.shape[0],
        weights: result.floats, bias: nil, staging: staging.bytes.baseAddress!, isFirst: index == 0,
        isLast: index == passes.count - 1)
      images += test.tiles[index]
    }
    return withTiles([result, x, dy]) { _ in result.values.map(Float.init) }
  }
}
