import CVectorKernels
import Kernels
import ReferenceKernels
import TestSupport
import Tensors
import Testing

/// Winograd's convolution against the definition in Double, for all instructions and several threads.
@Suite struct WinogradTests {
  /// What the kernel treats differently: tiles of 4x4 outputs that are whole or cut off, patches inside the image and
  /// beyond its edges; one or several of its blocks of tiles (28), chunks of channels (64) and panels of outputs (32).
  private static let cases: [WinogradCase] = [
    WinogradCase(32, to: 32, 1, 1, padding: 1),
    WinogradCase(32, to: 64, 4, 4, padding: 1),
    WinogradCase(64, to: 32, 5, 3, padding: 1, tiles: [1, 1]),
    WinogradCase(96, to: 32, 7, 7, padding: 1),
    WinogradCase(32, to: 32, 17, 17, padding: 1),
    WinogradCase(32, to: 96, 2, 17, padding: 1, tiles: [4]),
    WinogradCase(160, to: 32, 13, 1, padding: 1),
    WinogradCase(32, to: 32, 8, 41, padding: 1, tiles: [3, 3]),
    WinogradCase(32, to: 64, 9, 6, padding: 0),
    WinogradCase(64, to: 32, 3, 10, padding: 0),
    WinogradCase(32, to: 32, 1, 7, padding: 2),
  ]

  @Test(arguments: instructionSets, cases)
  func agreesWithTheDefinition(instructions: cvk_instruction_set, test: WinogradCase) throws {
    try expectAgreement(test, instructions, seed: 1)
  }

  @Test(arguments: instructionSets, 0..<20 as Range<UInt64>)
  func agreesWithTheDefinitionOnAnyConvolution(instructions: cvk_instruction_set, seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    try expectAgreement(WinogradCase(random: &random), instructions, seed: seed)
  }

  private func expectAgreement(_ test: WinogradCase, _ instructions: cvk_instruction_set, seed: UInt64) throws {
    try skipUnlessAvailable(instructions)
    var random = TestRandom(seed: seed)
    let all = try test.winograd(images: test.tiles.reduce(0, +))
    let weights = ReferenceTensor.random([test.outputs, test.channels, 3, 3], &random)
    for direction in [WinogradConvolution.Direction.forward, .inputGradient] {
      let geometry = all.geometry(direction)
      let source = ReferenceTensor.random(Shape(geometry.inputDimensions), &random)
      let expected = test.reference(direction, source, weights: weights, targetShape: Shape(geometry.outputDimensions))
      let results = try (1...3).map { threads in
        try test.results(direction, source, weights: weights, instructions, threads: threads, tiles: test.tiles)
      }
      #expect(relativeError(of: results[0], to: expected.channelsLast) < 2e-6, "\(direction), \(test.testDescription)")
      #expect(
        results[1] == results[0] && results[2] == results[0], "threads change \(direction), \(test.testDescription)")
      let whole = try test.results(
        direction, source, weights: weights, instructions, threads: 1, tiles: [source.shape[0]])
      #expect(whole == results[0], "tiles change \(direction), \(test.testDescription)")
    }
  }
}

/// A 3x3 convolution whose batch comes in tiles of some images each.
struct WinogradCase: CustomTestStringConvertible {
  var channels, outputs, height, width, padding: Int
  var tiles: [Int]

  init(_ channels: Int, to outputs: Int, _ height: Int, _ width: Int, padding: Int, tiles: [Int] = [2, 1]) {
    (self.channels, self.outputs, self.height, self.width) = (channels, outputs, height, width)
    (self.padding, self.tiles) = (padding, tiles)
  }

  /// Any whose kernel fits.
  init(random: inout TestRandom) {
    let padding = random.element(of: [0, 1, 1, 1, 2])
    let smallest = 3 - min(2, 2 * padding)
    self.init(
      random.element(of: [32, 32, 64, 96]), to: random.element(of: [32, 32, 64, 96]),
      random.integer(in: smallest..<18), random.integer(in: smallest..<18), padding: padding,
      tiles: (0...random.integer(in: 0..<2)).map { _ in random.integer(in: 1..<4) })
  }

  var testDescription: String { "\(channels)x\(height)x\(width) -> \(outputs), padding \(padding), tiles \(tiles)" }

  func winograd(images: Int) throws -> WinogradConvolution {
    let axis = ConvolutionAxis(kernel: 3, padding: padding)
    return try #require(
      WinogradConvolution(
        ConvolutionGeometry(
          batch: images, input: (channels, height, width),
          output: (outputs, axis.outputExtent(height), axis.outputExtent(width)), rows: axis, columns: axis, groups: 1))
    )
  }

  /// In Double, over all images.
  func reference(
    _ direction: WinogradConvolution.Direction, _ source: ReferenceTensor, weights: ReferenceTensor, targetShape: Shape
  ) -> ReferenceTensor {
    let convolution = ReferenceConvolution(padding: padding)
    return switch direction {
    case .forward: convolution.forward(source, weights: weights)
    case .inputGradient: convolution.inputGradient(outputGradient: source, weights: weights, inputShape: targetShape)
    }
  }

  /// What passes over tiles write, channels last, with weights that the first one transforms into memory without a byte to
  /// spare.
  func results(
    _ direction: WinogradConvolution.Direction, _ source: ReferenceTensor, weights: ReferenceTensor,
    _ instructions: cvk_instruction_set, threads: Int, tiles: [Int]
  ) throws -> [Float] {
    let engine = try Engine(threads: threads)
    let geometries = try tiles.map { try winograd(images: $0).geometry(direction) }
    let passes = try tiles.map {
      WinogradPass(try winograd(images: $0), direction, on: engine, instructionSet: instructions)
    }
    let staging = Tile(.f32, count: passes[0].stagingBytes / ElementType.f32.bytes + 15)
    let aligned = UnsafeMutableRawPointer(bitPattern: roundUp(Int(bitPattern: staging.address), to: 64))!
    let (x, w) = (Tile(.f32, source.channelsLast), Tile(.f32, weights.values))
    let y = Tile(.f32, count: geometries.map(\.outputDimensions).map { $0.reduce(1, *) }.reduce(0, +))
    var (from, to) = (x.floats, y.floats)
    for (index, pass) in passes.enumerated() {
      pass.run(from: from, to: to, weights: w.floats, bias: nil, staging: aligned, isFirst: index == 0)
      from += geometries[index].inputDimensions.reduce(1, *)
      to += geometries[index].outputDimensions.reduce(1, *)
    }
    return withTiles([x, w, y, staging]) { _ in y.values.map(Float.init) }
  }
}

extension ReferenceTensor {
  fileprivate static func random(_ shape: Shape, _ random: inout TestRandom) -> ReferenceTensor {
    ReferenceTensor(shape, Tile(.f32, random.values(shape.elements)).values)
  }
}
