import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// The oracle's reverse rules against central finite differences, in Double.
@Suite struct ReferenceGradientTests {
  /// Agrees when `gradient` is that of Σ weights · f(x), for random weights.
  private func expect(
    _ gradient: ReferenceTensor, isOf loss: (ReferenceTensor) -> Double, at x: ReferenceTensor, _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let differences = finiteDifferences(at: x.values) { loss(ReferenceTensor(x.shape, $0)) }
    let error = relativeError(of: gradient.values, to: differences)
    #expect(error < 1e-7, what, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    ReferenceConvolution(), .init(stride: 2, padding: 1), .init(padding: 2, dilation: 2), .init(groups: 2),
    .init(stride: 3, padding: 2, dilation: 2, groups: 2),
    .init(rows: .init(stride: 2, padding: 1), columns: .init(dilation: 2)),
  ])
  func convolution(_ convolution: ReferenceConvolution) {
    var random = TestRandom(seed: 1)
    let x = random.tensor([2, 4, 6, 5])
    let w = random.tensor([6, 4 / convolution.groups, 3, 2])
    let weights = random.tensor(convolution.outputShape(input: x.shape, weights: w.shape))
    let dx = convolution.inputGradient(outputGradient: weights, weights: w, inputShape: x.shape)
    expect(dx, isOf: { weightedSum(convolution.forward($0, weights: w).values, weights.values) }, at: x, "input")
    let dw = convolution.weightGradient(outputGradient: weights, input: x, weightShape: w.shape)
    expect(dw, isOf: { weightedSum(convolution.forward(x, weights: $0).values, weights.values) }, at: w, "weights")
  }

  @Test(arguments: [
    ReferenceTransposedConvolution(.init()), .init(.init(stride: 2, padding: 1, groups: 2), outputPadding: [1, 0]),
    .init(.init(rows: .init(stride: 3), columns: .init(padding: 1, dilation: 2)), outputPadding: [2, 1]),
  ])
  func transposedConvolution(_ convolution: ReferenceTransposedConvolution) {
    var random = TestRandom(seed: 8)
    let x = random.tensor([2, 4, 4, 3])
    let w = random.tensor([4, 3, 3, 2])
    let weights = random.tensor(convolution.outputShape(input: x.shape, weights: w.shape))
    let dx = convolution.inputGradient(outputGradient: weights, weights: w, inputShape: x.shape)
    expect(dx, isOf: { weightedSum(convolution.forward($0, weights: w).values, weights.values) }, at: x, "input")
    let dw = convolution.weightGradient(outputGradient: weights, input: x, weightShape: w.shape)
    expect(dw, isOf: { weightedSum(convolution.forward(x, weights: $0).values, weights.values) }, at: w, "weights")
  }

  @Test func bias() {
    var random = TestRandom(seed: 9)
    let (x, b, weights) = (random.tensor([2, 3, 2, 2]), random.tensor([3]), random.tensor([2, 3, 2, 2]))
    expect(
      ReferenceBias().gradient(outputGradient: weights),
      isOf: { weightedSum(ReferenceBias().forward(x, bias: $0).values, weights.values) }, at: b, "bias")
  }

  @Test func batchNormOverUnequalRanks() {
    var random = TestRandom(seed: 2)
    let ranks = [random.tensor([2, 3, 2, 2]), random.tensor([1, 3, 2, 2]), random.tensor([0, 3, 2, 2])]
    let losses = ranks.map { random.tensor($0.shape) }
    let (scale, shift) = (random.tensor([3]), random.tensor([3]))
    let norm = ReferenceBatchNorm()
    func loss(_ ranks: [ReferenceTensor], _ scale: ReferenceTensor, _ shift: ReferenceTensor) -> Double {
      let moments = ReferenceMoments(of: ranks)
      return zip(ranks, losses).reduce(0) {
        $0 + weightedSum(norm.forward($1.0, scale: scale, shift: shift, moments: moments).values, $1.1.values)
      }
    }
    let gradients = norm.backward(Array(zip(ranks, losses)), scale: scale)
    for rank in 0..<2 {
      expect(
        gradients.inputs[rank],
        isOf: { moved in
          var all = ranks
          all[rank] = moved
          return loss(all, scale, shift)
        }, at: ranks[rank], "input of rank \(rank)")
    }
    expect(gradients.scale, isOf: { loss(ranks, $0, shift) }, at: scale, "scale")
    expect(gradients.shift, isOf: { loss(ranks, scale, $0) }, at: shift, "shift")
  }

  @Test func reluAndAdd() {
    var random = TestRandom(seed: 3)
    let (x, weights) = (random.tensor([2, 3, 4, 4]), random.tensor([2, 3, 4, 4]))
    expect(
      ReferenceReLU().backward(input: x, outputGradient: weights),
      isOf: { weightedSum(ReferenceReLU().forward($0).values, weights.values) }, at: x, "relu")
    let gradients = ReferenceAdd().backward(outputGradient: weights)
    expect(gradients.a, isOf: { weightedSum(ReferenceAdd().forward($0, x).values, weights.values) }, at: x, "first")
    expect(gradients.b, isOf: { weightedSum(ReferenceAdd().forward(x, $0).values, weights.values) }, at: x, "second")
  }

  @Test(arguments: [ReferenceMaxPooling(kernel: 2, stride: 2), .init(kernel: 3, stride: 2, padding: 1)])
  func maxPooling(_ pooling: ReferenceMaxPooling) {
    var random = TestRandom(seed: 4)
    let x = random.tensor([2, 3, 7, 6])
    let weights = random.tensor(pooling.outputShape(input: x.shape))
    expect(
      pooling.backward(input: x, outputGradient: weights),
      isOf: { weightedSum(pooling.forward($0).values, weights.values) }, at: x, "input")
  }

  @Test func globalAveragePooling() {
    var random = TestRandom(seed: 5)
    let (x, weights) = (random.tensor([2, 3, 3, 2]), random.tensor([2, 3]))
    expect(
      ReferenceGlobalAveragePooling().backward(outputGradient: weights, inputShape: x.shape),
      isOf: { weightedSum(ReferenceGlobalAveragePooling().forward($0).values, weights.values) }, at: x, "input")
  }

  @Test func linear() {
    var random = TestRandom(seed: 6)
    let (x, w) = (random.tensor([3, 4]), random.tensor([5, 4]))
    let weights = random.tensor([3, 5])
    let linear = ReferenceLinear()
    let gradients = linear.backward(input: x, weights: w, outputGradient: weights)
    expect(
      gradients.input, isOf: { weightedSum(linear.forward($0, weights: w).values, weights.values) }, at: x, "input")
    expect(
      gradients.weights, isOf: { weightedSum(linear.forward(x, weights: $0).values, weights.values) }, at: w, "weights")
  }

  @Test(arguments: [0, 0.1, 1])
  func softmaxCrossEntropy(smoothing: Double) {
    var random = TestRandom(seed: 7)
    let logits = random.tensor([3, 5])
    let entropy = ReferenceSoftmaxCrossEntropy(labelSmoothing: smoothing)
    let labels = [4, 0, 2]
    expect(
      entropy.gradient(logits, labels: labels), isOf: { entropy.loss($0, labels: labels) }, at: logits, "logits")
  }
}

extension TestRandom {
  fileprivate mutating func tensor(_ shape: Shape) -> ReferenceTensor {
    ReferenceTensor(shape, values(shape.elements))
  }
}
