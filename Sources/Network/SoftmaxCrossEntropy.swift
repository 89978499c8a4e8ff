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

/// The second labels of samples that were mixed, lent by the caller.
public struct LabelMixture {
  /// `[count]`, each in `0..<classes`.
  public let others: UnsafePointer<Int32>
  /// `[count]`, 0 to 1: the share of a sample's own label; the other has the rest.
  public let shares: UnsafePointer<Float>

  public init(others: UnsafePointer<Int32>, shares: UnsafePointer<Float>) {
    (self.others, self.shares) = (others, shares)
  }
}

/// Softmax cross-entropy with label smoothing (Szegedy et al. 2016, as in PyTorch's `CrossEntropyLoss`): the target is
/// (1 - smoothing) on the label, or divided between a sample's two labels, plus smoothing / K on each of the K classes.
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
  ///   - mixture: the second labels of samples; nil: they have one. Right is the one with the larger share.
  ///   - gradient: `[count, classes]`, written if given.
  public func evaluate(
    logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>, mixture: LabelMixture? = nil, count: Int,
    gradient: UnsafeMutablePointer<Float>?
  ) -> ClassificationSums {
    var sums = ClassificationSums()
    for sample in 0..<count {
      let row = UnsafeBufferPointer(start: logits + sample * classes, count: classes)
      let target = Target(sample, labels, mixture)
      precondition(
        row.indices.contains(target.label) && row.indices.contains(target.other),
        "labels \(target.label) and \(target.other) with \(classes) classes")
      sums.loss += loss(row, target, gradient.map { $0 + sample * classes })
      let position = SoftmaxCrossEntropy.position(of: target.mainLabel, in: row)
      if position < 1 { sums.top1Correct += 1 }
      if position < 5 { sums.top5Correct += 1 }
    }
    sums.count = count
    return sums
  }

  /// What a sample should be called, before smoothing.
  private struct Target {
    let label: Int
    /// The same where there is one label.
    let other: Int
    let share: Double

    init(_ sample: Int, _ labels: UnsafePointer<Int32>, _ mixture: LabelMixture?) {
      label = Int(labels[sample])
      other = mixture.map { Int($0.others[sample]) } ?? label
      share = label == other ? 1 : mixture.map { Double($0.shares[sample]) } ?? 1
    }

    var mainLabel: Int { share < 0.5 ? other : label }

    func share(of index: Int) -> Double { index == label ? share : index == other ? 1 - share : 0 }
  }

  /// -Σ target log softmax = log Σ exp(z - max) - Σ target (z - max); its gradient is softmax - target.
  private func loss(
    _ logits: UnsafeBufferPointer<Float>, _ target: Target, _ gradient: UnsafeMutablePointer<Float>?
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
        gradient[index] = Float(probability - (uniform + (1 - labelSmoothing) * target.share(of: index)))
      }
    }
    func shifted(_ label: Int) -> Double { Double(logits[label]) - Double(largest) }
    let own = shifted(target.label)
    let labelled = target.share == 1 ? own : target.share * own + (1 - target.share) * shifted(target.other)
    return log(total) - (1 - labelSmoothing) * labelled - uniform * shiftedSum
  }

  /// The class that the network holds most likely: that of `position` 0. Nil where a logit is not a number.
  public static func prediction(of logits: UnsafeBufferPointer<Float>) -> Int? {
    var best = 0
    for (index, logit) in logits.enumerated() {
      if logit.isNaN { return nil }
      if logit > logits[best] { best = index }
    }
    return best
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
