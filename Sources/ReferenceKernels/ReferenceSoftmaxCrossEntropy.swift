import Foundation
import Tensors

/// Softmax cross-entropy summed over the samples, -Σ target log softmax(z), where the target is 1 - smoothing on the
/// label plus smoothing / K on each of the K classes. A sample may be mixed: then the label has a share of the 1 - smoothing,
/// and another one the rest.
public struct ReferenceSoftmaxCrossEntropy: Hashable, Sendable {
  public var labelSmoothing: Double

  public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }

  /// - Parameters:
  ///   - logits: `[N, K]`.
  ///   - labels: `[N]`, each in `0..<K`.
  ///   - mixture: the other label of each sample and the share of its own, `[N]`; nil: no sample is mixed.
  public func loss(_ logits: ReferenceTensor, labels: [Int], mixture: [(other: Int, share: Double)]? = nil) -> Double {
    var loss = 0.0
    for (n, label) in labels.enumerated() {
      for (k, logProbability) in logSoftmax(logits, sample: n).enumerated() {
        loss -= target(k, label, mixture?[n], classes: logits.shape[1]) * logProbability
      }
    }
    return loss
  }

  /// softmax - target, `[N, K]`.
  public func gradient(
    _ logits: ReferenceTensor, labels: [Int], mixture: [(other: Int, share: Double)]? = nil
  ) -> ReferenceTensor {
    var gradient = logits
    for (n, label) in labels.enumerated() {
      for (k, logProbability) in logSoftmax(logits, sample: n).enumerated() {
        gradient[n, k] = exp(logProbability) - target(k, label, mixture?[n], classes: logits.shape[1])
      }
    }
    return gradient
  }

  private func target(_ k: Int, _ label: Int, _ mixture: (other: Int, share: Double)?, classes: Int) -> Double {
    let (other, share) = mixture ?? (label, 1)
    let onLabels = (k == label ? share : 0) + (k == other ? 1 - share : 0)
    return labelSmoothing / Double(classes) + (1 - labelSmoothing) * onLabels
  }

  /// z - log Σ exp z, shifted by the largest logit so that nothing overflows.
  private func logSoftmax(_ logits: ReferenceTensor, sample n: Int) -> [Double] {
    let row = (0..<logits.shape[1]).map { logits[n, $0] }
    let largest = row.max() ?? 0
    let logTotal = log(row.reduce(0) { $0 + exp($1 - largest) })
    return row.map { $0 - largest - logTotal }
  }
}
