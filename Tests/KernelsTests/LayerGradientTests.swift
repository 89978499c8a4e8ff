import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// The oracle's reverse rules for normalisation, pooling and resampling against central finite differences, in Double.
@Suite struct LayerGradientTests {
  /// Agrees when `backward` gives the gradient of Σ weights · forward, for random weights.
  private func expect(
    _ shape: Shape, forward: (ReferenceTensor) -> ReferenceTensor,
    backward: (_ x: ReferenceTensor, _ dy: ReferenceTensor) -> ReferenceTensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var random = TestRandom(seed: 1)
    let x = ReferenceTensor(shape, random.values(shape.elements))
    let y = forward(x)
    let weights = ReferenceTensor(y.shape, random.values(y.shape.elements))
    let differences = finiteDifferences(at: x.values) {
      weightedSum(forward(ReferenceTensor(shape, $0)).values, weights.values)
    }
    #expect(
      relativeError(of: backward(x, weights).values, to: differences) < 1e-7, sourceLocation: sourceLocation)
  }

  @Test(arguments: [.channels, .sample, .groups(1), .groups(2), .groups(4)] as [ReferenceGroupedNorm.Grouping])
  func groupedNorm(_ grouping: ReferenceGroupedNorm.Grouping) {
    let norm = ReferenceGroupedNorm(grouping)
    var random = TestRandom(seed: 2)
    for shape in [[2, 4, 3, 2], [3, 8]] as [Shape] {
      let parameters: Shape = grouping == .sample ? Shape(Array(shape.dimensions.dropFirst())) : [shape[1]]
      let scale = ReferenceTensor(parameters, random.values(parameters.elements))
      let shift = ReferenceTensor(parameters, random.values(parameters.elements))
      let x = ReferenceTensor(shape, random.values(shape.elements))
      expect(
        shape, forward: { norm.forward($0, scale: scale, shift: shift) },
        backward: { norm.backward(input: $0, scale: scale, outputGradient: $1).input })
      expect(
        parameters, forward: { norm.forward(x, scale: $0, shift: shift) },
        backward: { norm.backward(input: x, scale: $0, outputGradient: $1).scale })
      expect(
        parameters, forward: { norm.forward(x, scale: scale, shift: $0) },
        backward: { norm.backward(input: x, scale: scale, outputGradient: $1).shift })
    }
  }

  @Test(arguments: 1...5) func localResponseNorm(size: Int) {
    let norm = ReferenceLocalResponseNorm(size: size, alpha: 0.7, beta: 0.75, k: 1.5)
    expect([2, 6, 2, 3], forward: norm.forward, backward: { norm.backward(input: $0, outputGradient: $1) })
  }

  private static let windows: [(ReferenceWindow, ReferenceWindow)] = [
    (.init(kernel: 2, stride: 2), .init(kernel: 3, stride: 1, padding: 1)),
    (.init(kernel: 3, stride: 2, padding: 1, roundsUp: true), .init(kernel: 2, stride: 3, roundsUp: true)),
  ]

  @Test(arguments: windows) func pooling(_ rows: ReferenceWindow, _ columns: ReferenceWindow) {
    let shape: Shape = [2, 2, 6, 5]
    let maximum = ReferenceMaxPooling(rows: rows, columns: columns)
    expect(shape, forward: maximum.forward, backward: { maximum.backward(input: $0, outputGradient: $1) })
    for countsPadding in [false, true] {
      let average = ReferenceAveragePooling(rows: rows, columns: columns, countsPadding: countsPadding)
      expect(
        shape, forward: average.forward, backward: { average.backward(outputGradient: $1, inputShape: $0.shape) })
    }
  }

  @Test func adaptivePooling() {
    let pooling = ReferenceAdaptivePooling(height: 4, width: 2)
    expect(
      [2, 2, 6, 5], forward: pooling.mean, backward: { pooling.meanGradient(outputGradient: $1, inputShape: $0.shape) })
    expect(
      [2, 2, 6, 5], forward: pooling.maximum, backward: { pooling.maximumGradient(input: $0, outputGradient: $1) })
  }

  @Test(arguments: [.nearest, .bilinear, .bilinearWithAlignedCorners] as [ReferenceUpsampling.Method])
  func upsampling(_ method: ReferenceUpsampling.Method) {
    for upsampling in [
      ReferenceUpsampling(method, height: 7, width: 3),
      ReferenceUpsampling(method, height: 8, width: 12, rowStep: 1 / 1.35, columnStep: 1 / 2.5),
    ] {
      expect(
        [1, 2, 6, 5], forward: upsampling.forward,
        backward: { upsampling.backward(outputGradient: $1, inputShape: $0.shape) })
    }
  }

  @Test func pixelShuffle() {
    let shuffle = ReferencePixelShuffle(factor: 2)
    expect([2, 8, 2, 3], forward: shuffle.shuffle, backward: { shuffle.unshuffle($1) })
    expect([2, 2, 4, 6], forward: shuffle.unshuffle, backward: { shuffle.shuffle($1) })
  }
}
