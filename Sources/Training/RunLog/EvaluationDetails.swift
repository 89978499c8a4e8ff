import Data

/// An evaluation class by class: the content of `evaluation.json`.
public struct EvaluationDetails: Report {
  /// One set of weights.
  public struct Weights: Codable, Hashable, Sendable {
    /// In the order of labels.
    public let classes: [ClassResult]
    /// Most frequent first, then in the order of labels.
    public let confusions: [Confusion]
  }

  public struct ClassResult: Codable, Hashable, Sendable {
    public let name: String
    public let correct: Int
    public let total: Int
  }

  /// Images of one class that were taken for another.
  public struct Confusion: Codable, Hashable, Sendable {
    public let label: String
    /// Nil where the network's scores were not numbers.
    public let prediction: String?
    public let images: Int
  }

  public let step: Int
  public let raw: Weights?
  public let averaged: Weights?

  /// - Parameters:
  ///   - images: those that were evaluated.
  ///   - raw, averaged: nil where they were not evaluated.
  package init(step: Int, images: any DataSet, raw: EvaluationCounts?, averaged: EvaluationCounts?) {
    self.step = step
    self.raw = raw.map { Weights(images, $0.predictions) }
    self.averaged = averaged.map { Weights(images, $0.predictions) }
  }

  public enum CodingKeys: String, CodingKey, CaseIterable { case step, raw, averaged }

  public static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .step: "Steps done when the network was as evaluated."
    case .raw:
      "Of its weights: `classes`, with `name`, `total` images and how many of them are `correct`; and `confusions`, all that there "
        + "were: so many `images` of the class `label` were taken for `prediction`. The most frequent come first."
    case .averaged: "The same for the averaged weights; absent where there are none."
    }
  }
}

extension EvaluationDetails.Weights {
  fileprivate init(_ images: any DataSet, _ predictions: [Int32]) {
    struct Pair: Hashable { let label: Int, prediction: Int }
    var counts: [Pair: Int] = [:]
    for (image, prediction) in predictions.enumerated() {
      counts[Pair(label: images.label(of: image), prediction: Int(prediction)), default: 0] += 1
    }
    let names = images.classes
    classes = zip(names, images.classCounts).enumerated().map { label, result in
      EvaluationDetails.ClassResult(
        name: result.0, correct: counts[Pair(label: label, prediction: label)] ?? 0, total: result.1)
    }
    let wrong = counts.filter { $0.key.label != $0.key.prediction }.sorted { a, b in
      (b.value, a.key.label, a.key.prediction) < (a.value, b.key.label, b.key.prediction)
    }
    confusions = wrong.map { pair, images in
      EvaluationDetails.Confusion(
        label: names[pair.label], prediction: pair.prediction < 0 ? nil : names[pair.prediction], images: images)
    }
  }
}
