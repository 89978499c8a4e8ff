import Data
import JSON
import Network
import Testing
import Training

@Suite struct EvaluationDetailsTests {
  /// Eight images of the labels 0, 1, 2, 0, 1, 2, 0, 1.
  private let images = SyntheticDataSet(count: 8, classes: 3, size: PixelSize(width: 1, height: 1))

  private func counts(_ predictions: [Int?]) -> EvaluationCounts {
    var image = ClassificationSums()
    image.count = 1
    return predictions.reduce(into: EvaluationCounts()) { $0.add(image, prediction: $1) }
  }

  @Test func countsEveryClassAndEveryConfusion() throws {
    let details = EvaluationDetails(
      step: 7, images: images, raw: counts([0, 2, 0, 1, 2, 0, 0, 1]), averaged: counts([0, 1, 2, 0, 1, 2, 0, nil]))
    let raw = try #require(details.raw)
    #expect(raw.classes.map(\.name) == ["class-0", "class-1", "class-2"])
    #expect(raw.classes.map(\.correct) == [2, 1, 0] && raw.classes.map(\.total) == [3, 3, 2])
    func text(_ weights: EvaluationDetails.Weights) -> [String] {
      weights.confusions.map { "\($0.label) \($0.prediction ?? "none") \($0.images)" }
    }
    #expect(text(raw) == ["class-1 class-2 2", "class-2 class-0 2", "class-0 class-1 1"])
    let averaged = try #require(details.averaged)
    #expect(averaged.classes.map(\.correct) == [3, 2, 2] && text(averaged) == ["class-1 none 1"])
  }

  @Test func isJSON() throws {
    let details = EvaluationDetails(step: 7, images: images, raw: counts([0, 1, 2, 0, 1, 2, 0, 2]), averaged: nil)
    #expect(
      try details.json().line
        == #"{"step": 7, "raw": {"classes": [{"correct": 3, "name": "class-0", "total": 3}, "#
        + #"{"correct": 2, "name": "class-1", "total": 3}, {"correct": 2, "name": "class-2", "total": 2}], "#
        + #""confusions": [{"images": 1, "label": "class-1", "prediction": "class-2"}]}}"#)
    #expect(try EvaluationDetails(json: details.json().document) == details)
  }
}
