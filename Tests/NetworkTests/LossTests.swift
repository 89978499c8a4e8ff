import Foundation
import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

@Suite struct LossTests {
  @Test(arguments: [0, 0.1, 1], [1, 2, 5, 1000]) func againstTheDefinition(smoothing: Double, classes: Int) {
    var random = TestRandom(seed: 1)
    let logits = random.tensor([7, classes], deviation: 3)
    let labels = (0..<7).map { _ in random.integer(in: 0..<classes) }
    let (sums, gradient) = evaluate(logits, labels, smoothing: smoothing)
    let reference = ReferenceSoftmaxCrossEntropy(labelSmoothing: smoothing)
    #expect(relativeError(of: [sums.loss], to: [reference.loss(logits, labels: labels)], floor: 1e-6) < 1e-12)
    #expect(
      relativeError(of: gradient, to: reference.gradient(logits, labels: labels).values, floor: 1e-6) < 1e-7)
    #expect(sums.count == 7)
    #expect(classes > 5 || sums.top5Correct == 7)
  }

  /// exp of any of these alone would overflow or vanish.
  @Test func extremeLogits() {
    let (sums, gradient) = evaluate(ReferenceTensor([2, 3], [3e4, -3e4, 0, -1e30, -1e30, -1e30]), [1, 2])
    #expect(abs(sums.loss - (6e4 + log(3))) < 1e-9)
    #expect(relativeError(of: gradient, to: [1, -1, 0, 1 / 3.0, 1 / 3.0, -2 / 3.0]) < 1e-7)
  }

  /// Among equal logits the lower class comes first, so that a constant answer is right for one class and not for all.
  @Test func tiesGoToTheLowerClass() {
    let right = (0..<7).map { evaluate(ReferenceTensor(zeros: [1, 7]), [$0]).0 }
    #expect(right.map(\.top1Correct) == [1, 0, 0, 0, 0, 0, 0])
    #expect(right.map(\.top5Correct) == [1, 1, 1, 1, 1, 0, 0])
  }

  @Test func whatIsNotANumberIsNeverRight() {
    let (sums, gradient) = evaluate(ReferenceTensor([2, 2], [.nan, 1, .nan, 1]), [0, 1])
    #expect(sums.loss.isNaN)
    #expect(gradient.allSatisfy { $0.isNaN })
    #expect(sums.top1Correct == 0)
    let (infinite, _) = evaluate(ReferenceTensor([1, 2], [.infinity, 1]), [0])
    #expect(!infinite.loss.isFinite)
  }

  /// What is predicted is what counts as right.
  @Test func thePredictionIsTheLabelThatIsRight() {
    var random = TestRandom(seed: 2)
    for _ in 0..<200 {
      // Few different values, so that some are equal.
      let logits = ReferenceTensor([1, 6], (0..<6).map { _ in Double(random.integer(in: 0..<4)) })
      let right = (0..<6).filter { evaluate(logits, [$0]).0.top1Correct == 1 }
      #expect(right == [prediction(logits.values.map(Float.init))].compactMap(\.self))
    }
    #expect(prediction([1, .nan, 3]) == nil && prediction([.nan, 1]) == nil)
    #expect(prediction([-.infinity, -.infinity]) == 0 && prediction([1, .infinity, .infinity]) == 1)
  }

  private func prediction(_ logits: [Float]) -> Int? {
    logits.withUnsafeBufferPointer { SoftmaxCrossEntropy.prediction(of: $0) }
  }

  @Test func ranksOfTheLabel() {
    let logits = ReferenceTensor([3, 6], [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
    let (sums, _) = evaluate(logits, [5, 1, 0])
    #expect((sums.top1Correct, sums.top5Correct, sums.count) == (1, 2, 3))
    let (none, _) = evaluate(ReferenceTensor(zeros: [0, 6]), [])
    #expect(none == ClassificationSums())
  }

  private func evaluate(
    _ logits: ReferenceTensor, _ labels: [Int], smoothing: Double = 0
  ) -> (ClassificationSums, [Float]) {
    let entropy = SoftmaxCrossEntropy(classes: logits.shape[1], labelSmoothing: smoothing)
    var gradient = [Float](repeating: 7, count: logits.values.count + 1)
    let values = logits.values.map(Float.init) + [0]
    let sums = entropy.evaluate(
      logits: values, labels: labels.map(Int32.init) + [0], count: labels.count, gradient: &gradient)
    let withoutGradient = entropy.evaluate(
      logits: values, labels: labels.map(Int32.init) + [0], count: labels.count, gradient: nil)
    #expect(sums == withoutGradient || sums.loss.isNaN)
    #expect(gradient.last == 7)
    return (sums, gradient.dropLast())
  }
}
