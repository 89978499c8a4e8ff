import Network
import ReferenceKernels
import TestSupport
import Testing

/// Targets that are divided between two labels.
@Suite struct MixedLossTests {
  private func evaluate(
    _ logits: ReferenceTensor, _ labels: [Int], _ others: [Int], _ shares: [Float], smoothing: Double = 0
  ) -> (ClassificationSums, [Float]) {
    let entropy = SoftmaxCrossEntropy(classes: logits.shape[1], labelSmoothing: smoothing)
    var gradient = [Float](repeating: 7, count: logits.values.count)
    let others = others.map(Int32.init)
    let sums = others.withUnsafeBufferPointer { others in
      shares.withUnsafeBufferPointer { shares in
        entropy.evaluate(
          logits: logits.values.map(Float.init), labels: labels.map(Int32.init),
          mixture: LabelMixture(others: others.baseAddress!, shares: shares.baseAddress!), count: labels.count,
          gradient: &gradient)
      }
    }
    return (sums, gradient)
  }

  @Test(arguments: [0, 0.1, 1], [2, 5, 100]) func againstTheDefinition(smoothing: Double, classes: Int) {
    var random = TestRandom(seed: 3)
    let logits = random.tensor([9, classes], deviation: 3)
    let labels = (0..<9).map { _ in random.integer(in: 0..<classes) }
    let others = (0..<9).map { _ in random.integer(in: 0..<classes) }
    let shares: [Float] = [0, 0.125, 0.3, 0.5, 0.55, 0.8, 0.9, 1, 0.25]
    let (sums, gradient) = evaluate(logits, labels, others, shares, smoothing: smoothing)
    let reference = ReferenceSoftmaxCrossEntropy(labelSmoothing: smoothing)
    let mixture = zip(others, shares).map { (other: $0, share: Double($1)) }
    let loss = reference.loss(logits, labels: labels, mixture: mixture)
    #expect(relativeError(of: [sums.loss], to: [loss], floor: 1e-6) < 1e-12)
    #expect(
      relativeError(
        of: gradient, to: reference.gradient(logits, labels: labels, mixture: mixture).values, floor: 1e-6) < 1e-7)
    // The loss is linear in the target.
    let ends = [labels, others].map { labels in
      (0..<9).map { n in
        let row = ReferenceTensor([1, classes], (0..<classes).map { logits[n, $0] })
        return reference.loss(row, labels: [labels[n]])
      }
    }
    let expected = (0..<9).reduce(0) { $0 + Double(shares[$1]) * ends[0][$1] + (1 - Double(shares[$1])) * ends[1][$1] }
    #expect(abs(sums.loss - expected) < 1e-9 * expected)
  }

  /// A whole share gives the bits of a label alone, whatever the other is.
  @Test func aWholeShareIsNoMixture() {
    var random = TestRandom(seed: 5)
    let logits = random.tensor([4, 6], deviation: 2)
    let entropy = SoftmaxCrossEntropy(classes: 6, labelSmoothing: 0.1)
    var expected = [Float](repeating: 7, count: 24)
    let sums = entropy.evaluate(
      logits: logits.values.map(Float.init), labels: [0, 5, 2, 3], count: 4, gradient: &expected)
    let (found, gradient) = evaluate(logits, [0, 5, 2, 3], [1, 5, 0, 4], [1, 0.3, 1, 1], smoothing: 0.1)
    #expect(found == sums && gradient == expected)
  }

  @Test func theLargerShareIsTheOneToFind() {
    let logits = ReferenceTensor([4, 3], [9, 1, 2, 9, 1, 2, 9, 1, 2, 9, 1, 2])
    #expect(evaluate(logits, [0, 1, 0, 1], [1, 0, 1, 0], [0.6, 0.6, 0.4, 0.4]).0.top1Correct == 2)
    #expect(evaluate(logits, [0, 0, 1, 1], [1, 1, 0, 0], [0.5, 0.5, 0.5, 0.5]).0.top1Correct == 2)
  }
}
