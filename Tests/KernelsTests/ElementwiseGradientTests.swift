import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// The oracle's reverse rules of element-by-element and channel operations against central finite differences.
@Suite struct ElementwiseGradientTests {
  /// Agrees when `gradient` is that of Σ weights · f(x).
  private func expect(
    _ gradient: ReferenceTensor, at x: ReferenceTensor, weights: ReferenceTensor, _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation, of function: (ReferenceTensor) -> ReferenceTensor
  ) {
    let differences = finiteDifferences(at: x.values) {
      weightedSum(function(ReferenceTensor(x.shape, $0)).values, weights.values)
    }
    #expect(relativeError(of: gradient.values, to: differences) < 1e-7, what, sourceLocation: sourceLocation)
  }

  private func tensor(_ shape: Shape, seed: UInt64, deviation: Double = 1) -> ReferenceTensor {
    var random = TestRandom(seed: seed)
    return ReferenceTensor(shape, random.values(shape.elements, deviation: deviation))
  }

  @Test(arguments: ActivationKernelTests.all) func activation(_ pair: ActivationKernelTests.Pair) {
    let (x, weights) = (tensor([2, 50], seed: 1, deviation: 3), tensor([2, 50], seed: 2))
    let function = pair.reference
    expect(function.backward(input: x, outputGradient: weights), at: x, weights: weights, "input") {
      function.forward($0)
    }
  }

  @Test(arguments: [[2, 3, 2, 4], [2, 3], [2, 3, 1, 1]] as [Shape]) func multiply(second: Shape) {
    let (a, b) = (tensor([2, 3, 2, 4], seed: 1), tensor(second, seed: 2))
    let weights = tensor(a.shape, seed: 3)
    let gradients = ReferenceMultiply().backward(a, b, outputGradient: weights)
    expect(gradients.a, at: a, weights: weights, "first") { ReferenceMultiply().forward($0, b) }
    expect(gradients.b, at: b, weights: weights, "second") { ReferenceMultiply().forward(a, $0) }
  }

  @Test func concatSliceAndFlatten() {
    let (a, b) = (tensor([2, 3, 2, 2], seed: 1), tensor([2, 1, 2, 2], seed: 2))
    let joined = tensor([2, 4, 2, 2], seed: 3)
    let parts = ReferenceConcat().backward(outputGradient: joined, inputShapes: [a.shape, b.shape])
    expect(parts[0], at: a, weights: joined, "first part") { ReferenceConcat().forward([$0, b]) }
    expect(parts[1], at: b, weights: joined, "second part") { ReferenceConcat().forward([a, $0]) }
    let slice = ReferenceSlice(channels: 1..<3)
    let weights = tensor([2, 2, 2, 2], seed: 4)
    expect(
      slice.backward(outputGradient: weights, inputShape: joined.shape), at: joined, weights: weights, "slice"
    ) { slice.forward($0) }
    let flat = tensor([2, 16], seed: 5)
    expect(
      ReferenceFlatten().backward(outputGradient: flat, inputShape: joined.shape), at: joined, weights: flat, "flatten"
    ) { ReferenceFlatten().forward($0) }
  }

  @Test(arguments: [ReferenceDropout(.zero, probability: 0.3), .init(.alpha, probability: 0.3)])
  func dropout(_ dropout: ReferenceDropout) {
    let (x, weights) = (tensor([2, 9], seed: 1), tensor([2, 9], seed: 2))
    let stays = x.values.indices.map { $0 % 3 > 0 }
    expect(dropout.backward(outputGradient: weights, stays: stays), at: x, weights: weights, "input") {
      dropout.forward($0, stays: stays)
    }
  }
}
