import Foundation

/// Reports in words. Pure functions: the same report always gives the same text.
package enum ProgressText {
  /// - Parameters:
  ///   - secondsLeft: nil while it cannot be told.
  ///   - columns: the least important parts are left out until the text fits.
  package static func text(
    _ step: StepReport, of totalSteps: Int, epochs: Int, secondsLeft: Double?, columns: Int = .max
  ) -> String {
    var parts: [(text: String, importance: Int)] = [
      ("epoch \(step.epoch)/\(epochs)", 6),
      ("step \(step.step)/\(totalSteps)", 7),
      ("loss \(fixed(step.loss, 4))", 5),
      ("top-1 \(percent(step.top1Accuracy))", 3),
      ("rate \(significant(step.learningRate))", 1),
      ("\(fixed(step.imagesPerSecond, step.imagesPerSecond < 100 ? 1 : 0)) images/s", 2),
    ]
    if let secondsLeft { parts.append(("\(duration(secondsLeft)) left", 4)) }
    func joined() -> String { parts.map(\.text).joined(separator: "  ") }
    while joined().count > columns, let least = parts.indices.min(by: { parts[$0].importance < parts[$1].importance }) {
      parts.remove(at: least)
    }
    return joined()
  }

  package static func text(_ epoch: EpochReport, of epochs: Int) -> String {
    let accuracy = percent(Double(epoch.top1Correct) / Double(epoch.samples))
    return "epoch \(epoch.epoch)/\(epochs) done in \(duration(epoch.seconds)): \(epoch.samples) images  "
      + "loss \(fixed(epoch.loss, 4))  top-1 \(accuracy)"
      + (epoch.substituted > 0 ? "  \(epoch.substituted) substituted" : "")
  }

  package static func text(_ evaluation: EvaluationReport) -> String {
    func share(_ count: Int) -> String { percent(Double(count) / Double(evaluation.total)) }
    let averaged = evaluation.averaged.map {
      "  averaged weights: top-1 \(share($0.top1Correct)) (\($0.top1Correct))  top-5 \(share($0.top5Correct))  "
        + "loss \(fixed($0.validationLoss, 4))"
    }
    return "evaluation after step \(evaluation.step): top-1 \(share(evaluation.top1Correct)) "
      + "(\(evaluation.top1Correct) of \(evaluation.total))  top-5 \(share(evaluation.top5Correct))  "
      + "loss \(fixed(evaluation.validationLoss, 4))" + (averaged ?? "")
  }

  /// - Parameter of: images in all.
  package static func text(evaluated images: Int, of all: Int) -> String {
    "evaluating: \(images) of \(all) images (\(percent(Double(images) / Double(max(all, 1)))))"
  }

  package static func text(_ checkpoint: CheckpointReport) -> String {
    "checkpoint after step \(checkpoint.step): \(checkpoint.path)"
  }

  /// `45 s`, `3 min 20 s`, `2 h 05 min`, `3 d 04 h`; rounded to the second.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let seconds = Int(seconds.rounded())
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min \(twoDigits(seconds % 60)) s"
    case ..<86_400: return "\(seconds / 3600) h \(twoDigits(seconds % 3600 / 60)) min"
    default: return "\(seconds / 86_400) d \(twoDigits(seconds % 86_400 / 3600)) h"
    }
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func percent(_ share: Double) -> String { "\(fixed(100 * share, 1)) %" }

  private static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  private static func significant(_ value: Double) -> String { String(format: "%.4g", value) }
}
