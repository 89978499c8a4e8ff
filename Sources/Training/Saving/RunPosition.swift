import Foundation
import Network

/// How far a run is: what, besides its tensors, decides how it goes on.
package struct RunPosition: Hashable, Sendable, Codable {
  /// Optimizer updates done.
  package var step = 0
  /// Training samples used since step 0.
  package var samplesSeen = 0
  /// What the epoch that the next step belongs to has come to so far.
  package var epoch = EpochSums()
  /// The best evaluation so far.
  package var best: BestEvaluation?
  /// The last evaluation; of an earlier step where a stop cut the one of this step off.
  package var evaluation: EvaluationReport?
  /// What its numbers have been through.
  package var numbers = NumbersHistory()

  package init() {}

  /// Takes note of an evaluation of this step. Of equally good ones the first is the best.
  mutating func take(_ report: EvaluationReport) {
    if report.decidingTop1Correct > best?.top1Correct ?? -1 {
      best = BestEvaluation(top1Correct: report.decidingTop1Correct, step: step)
    }
    evaluation = report
  }

  package struct BestEvaluation: Hashable, Sendable, Codable {
    let top1Correct: Int
    let step: Int

    package init(top1Correct: Int, step: Int) { (self.top1Correct, self.step) = (top1Correct, step) }
  }
}

/// Sums over the samples of an epoch that have been trained on.
package struct EpochSums: Hashable, Sendable, Codable {
  package var loss = 0.0
  package var top1Correct = 0
  package var samples = 0
  /// Samples of them that stood in for others.
  package var substituted = 0
  package var seconds = 0.0

  package mutating func add(_ sums: ClassificationSums, substituted: Int, seconds: Double) {
    loss += sums.loss
    top1Correct += sums.top1Correct
    samples += sums.count
    self.substituted += substituted
    self.seconds += seconds
  }
}

// A position as text: in checkpoints, and on its way to other ranks.
extension RunPosition {
  /// Equal positions give equal text, so that equal checkpoints are equal files.
  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }

  package func json() throws -> String { String(decoding: try Self.encoder.encode(self), as: UTF8.self) }

  package init(json text: String) throws {
    self = try Self.decoder.decode(RunPosition.self, from: Foundation.Data(text.utf8))
  }
}
