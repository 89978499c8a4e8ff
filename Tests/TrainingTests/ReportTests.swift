import JSON
import Testing
import Training

@Suite struct ReportTests {
  static let step = StepReport(
    step: 1234, epoch: 3, samples: 64, loss: 2.3412, top1Accuracy: 0.4561, learningRate: 0.098, imagesPerSecond: 312.4,
    seconds: 0.2048, dataWaitFraction: 0.125, exposedCommunicationSeconds: 0.03125)
  static let epoch = EpochReport(epoch: 3, step: 189, samples: 4001, loss: 1.5, top1Correct: 2003, seconds: 754.6)
  static let evaluation = EvaluationReport(
    epoch: 3, step: 189, top1Correct: 912, top5Correct: 991, total: 1000, validationLoss: 0.3456, seconds: 12.5)
  static let bothWeights: EvaluationReport = {
    var report = evaluation
    report.averaged = EvaluationScore(top1Correct: 930, top5Correct: 995, validationLoss: 0.25)
    return report
  }()
  static let checkpoint = CheckpointReport(
    step: 189, epoch: 3, path: "runs/a/checkpoints/step-00000189", seconds: 0.5,
    stallSeconds: 0.03125)

  @Test func linesAreJSONInAFixedOrder() throws {
    #expect(
      try Self.step.line()
        == #"{"kind": "step", "step": 1234, "epoch": 3, "samples": 64, "loss": 2.3412, "top1_accuracy": 0.4561, "#
        + #""learning_rate": 0.098, "images_per_second": 312.4, "seconds": 0.2048, "data_wait_fraction": 0.125, "#
        + #""exposed_communication_seconds": 0.03125}"#)
    #expect(
      try Self.epoch.line()
        == #"{"kind": "epoch", "epoch": 3, "step": 189, "samples": 4001, "substituted": 0, "loss": 1.5, "top1_correct": 2003, "#
        + #""seconds": 754.6}"#)
    #expect(
      try Self.evaluation.line()
        == #"{"kind": "evaluation", "epoch": 3, "step": 189, "top1_correct": 912, "top5_correct": 991, "#
        + #""total": 1000, "validation_loss": 0.3456, "seconds": 12.5}"#)
    #expect(
      try Self.bothWeights.line()
        == #"{"kind": "evaluation", "epoch": 3, "step": 189, "top1_correct": 912, "top5_correct": 991, "#
        + #""total": 1000, "validation_loss": 0.3456, "averaged": {"top1_correct": 930, "top5_correct": 995, "#
        + #""validation_loss": 0.25}, "seconds": 12.5}"#)
    #expect(
      try Self.checkpoint.line()
        == #"{"kind": "checkpoint", "step": 189, "epoch": 3, "path": "runs/a/checkpoints/step-00000189", "#
        + #""seconds": 0.5, "stall_seconds": 0.03125}"#)
  }

  @Test func reportsReadBackEqual() throws {
    #expect(try StepReport(json: Self.step.line()) == Self.step)
    #expect(try EpochReport(json: Self.epoch.line()) == Self.epoch)
    #expect(try EvaluationReport(json: Self.evaluation.line()) == Self.evaluation)
    #expect(try EvaluationReport(json: Self.bothWeights.line()) == Self.bothWeights)
    #expect(try CheckpointReport(json: Self.checkpoint.line()) == Self.checkpoint)
  }

  @Test func aDivergedRunStillWritesJSON() throws {
    var step = Self.step
    step.loss = .nan
    step.imagesPerSecond = .infinity
    step.seconds = -.infinity
    let line = try step.line()
    #expect(line.contains(#""loss": "NaN""#) && line.contains(#""images_per_second": "Infinity""#))
    let again = try StepReport(json: line)
    #expect(again.loss.isNaN && again.imagesPerSecond == .infinity && again.seconds == -.infinity)
    #expect(try JSONValue(parsing: line)["loss"] == .string("NaN"))
  }

  /// What the best checkpoint and the target go by.
  @Test func averagedWeightsDecideWhereThereAreAny() {
    #expect(Self.evaluation.decidingTop1Correct == 912 && Self.bothWeights.decidingTop1Correct == 930)
  }

  @Test func theResultTellsOfAverageAndTarget() throws {
    let result = RunResult(
      name: "a", steps: 189, epochs: 3, seconds: 99.5, evaluation: Self.bothWeights, reachedTarget: true)
    let json = try result.json()
    #expect(json["averaged"]?["top1_correct"] == .integer(930) && json["reached_target"] == .boolean(true))
    #expect(try RunResult(json: json.document) == result)
  }

  @Test func theResultHoldsTheLastEvaluation() throws {
    let result = RunResult(name: "a", steps: 189, epochs: 3, seconds: 99.5, evaluation: Self.evaluation)
    #expect(
      try result.json().document == """
        {
          "name": "a",
          "steps": 189,
          "epochs": 3,
          "seconds": 99.5,
          "top1_correct": 912,
          "top5_correct": 991,
          "total": 1000,
          "validation_loss": 0.3456
        }

        """)
  }
}
