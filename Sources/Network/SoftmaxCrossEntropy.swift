import Foundation

/// Sums over the samples of a batch: divided, if at all, once and by the count over all ranks.
public struct ClassificationSums: Hashable, Sendable {
  /// Sum of the samples' losses, in nats.
  public var loss = 0.0
  public var top1Correct = 0
  public var top5Correct = 0
  public var count = 0

  public init() {}
}

/// Softmax cross-entropy with label smoothing (Szegedy et al. 2016, as in PyTorch's `CrossEntropyLoss`): the target is
/// (1 - smoothing) on the label plus smoothing / K on each of the K classes.
public struct SoftmaxCrossEntropy: Hashable, Sendable {
  public let classes: Int
  public let labelSmoothing: Double

  public init(classes: Int, labelSmoothing: Double = 0) {
    (self.classes, self.labelSmoothing) = (classes, labelSmoothing)
  }

  /// Losses of `count` samples, summed in their order, and the gradient of that sum.
  ///
  /// - Parameters:
  ///   - logits: `[count, classes]`.
  ///   - labels: `[count]`; traps on one outside `0..<classes`.
  ///   - gradient: `[count, classes]`, written if given.
  public func evaluate(
    logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>, count: Int, gradient: UnsafeMutablePointer<Float>?
  ) -> ClassificationSums {
    var sums = ClassificationSums()
    for sample in 0..<count {
      let row = UnsafeBufferPointer(start: logits + sample * classes, count: classes)
      let label = Int(labels[sample])
      precondition(row.indices.contains(label), "label \(label) with \(classes) classes")
      sums.loss += loss(row, label, gradient.map { $0 + sample * classes })
      let position = SoftmaxCrossEntropy.position(of: label, in: row)
      if position < 1 { sums.top1Correct += 1 }
      if position < 5 { sums.top5Correct += 1 }
    }
    sums.count = count
    return sums
  }

  /// -Σ target log softmax = log Σ exp(z - max) - Σ target (z - max); its gradient is softmax - target.
  private func loss(
    _ logits: UnsafeBufferPointer<Float>, _ label: Int, _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    let largest = logits.reduce(-Float.infinity, Swift.max)
    var total = 0.0
    var shiftedSum = 0.0
    for logit in logits {
      let shifted = Double(logit) - Double(largest)
      total += exp(shifted)
      shiftedSum += shifted
    }
    let uniform = labelSmoothing / Double(classes)
    if let gradient {
      for (index, logit) in logits.enumerated() {
        let probability = exp(Double(logit) - Double(largest)) / total
        let target = uniform + (index == label ? 1 - labelSmoothing : 0)
        gradient[index] = Float(probability - target)
      }
    }
    let labelled = Double(logits[label]) - Double(largest)
    return log(total) - (1 - labelSmoothing) * labelled - uniform * shiftedSum
  }

  /// How many classes the network holds more likely than the label. Among equals the lower index comes first; a label
  /// whose logit is not a number comes last.
  static func position(of label: Int, in logits: UnsafeBufferPointer<Float>) -> Int {
    let own = logits[label]
    guard !own.isNaN else { return logits.count }
    var position = 0
    for (index, logit) in logits.enumerated() where logit > own || (logit == own && index < label) || logit.isNaN {
      position += 1
    }
    return position
  }
}
