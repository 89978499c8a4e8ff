import Foundation
import JSON
import Optimizers
import Testing
import Training

@Suite struct RunPlanTests {
  /// Two steps an epoch: sizes change after the first and the third epoch, and the run ends in the fourth.
  @Test func imagesGrow() throws {
    let plan = try smallPlan(
      "steps=7", #"data.progressive={"until_epoch":[1,3,9],"image_size":[24,32,48]}"#)
    #expect(plan.variants.map { $0.shape(of: $0.input) } == [[3, 24, 24], [3, 32, 32], [3, 48, 48]])
    let stages = (0..<7).map { plan.stage(ofStep: $0) }
    #expect(stages.map(\.imageSize) == [24, 24, 32, 32, 32, 32, 48])
    #expect(stages.map(\.variant) == [1, 1, 2, 2, 2, 2, 3])
    #expect(stages.map(\.endStep) == [2, 2, 6, 6, 6, 6, 7])
    let usual = try smallPlan("steps=7", #"data.progressive={"until_epoch":[2],"image_size":[40]}"#)
    #expect((0..<7).map { usual.stage(ofStep: $0).imageSize } == [40, 40, 40, 40, 64, 64, 64])
    #expect(usual.stage(ofStep: 4) == (0, 64, 7))
    #expect(try smallPlan().stage(ofStep: 5) == (0, 64, 6))
  }

  /// Eight images in batches of seven, so that the last step has one, of which the last stage sees one position.
  @Test func aBatchOfOneValueIsSaid() throws {
    func warning(_ worldSize: Int = 1, training: Int, _ overrides: String...) throws -> String? {
      let configuration = try RunConfiguration(
        text: smallText, source: "small.json", overrides: ["data.image_size=32"] + overrides)
      return try RunPlan(
        configuration, images: ImageCounts(training: training, validation: 1), worldSize: worldSize
      ).warnings.first
    }
    let last = try warning(training: 8)
    #expect(
      last?.hasPrefix("in step 2 of each epoch, the last, the batch is a single image, and BatchNorm sees 1x1") == true)
    #expect(last?.contains("layer4.0.bn1 and 4 more") == true && last?.contains("8 in batches of 7") == true)
    #expect(try warning(training: 9) == nil && warning(training: 14) == nil)
    #expect(try warning(training: 8, "data.image_size=64") == nil, "it sees 2x2 there")
    // Seven images on seven ranks are one each, which matters only where ranks keep statistics to themselves.
    #expect(try warning(7, training: 14) == nil)
    #expect(try warning(7, training: 14, "sync_batch_norm.span=none")?.hasPrefix("from step 1 on") == true)
    #expect(try warning(7, training: 14, "sync_batch_norm.span=2")?.contains("ranks that share statistics") == true)
    #expect(try warning(3, training: 14, "sync_batch_norm.span=2") == nil)
  }

  private func problem(_ overrides: String, images: ImageCounts = smallImages) -> String? {
    do {
      _ = try smallPlan(overrides, images: images)
      return nil
    } catch {
      #expect(Training.ExitStatus(for: error) == .usage)
      return "\(error)"
    }
  }

  @Test(arguments: 1...9) func everySampleIsTrainedOnOnceAnEpoch(worldSize: Int) throws {
    for samples in 7...15 {
      let plan = try smallPlan(worldSize: worldSize, images: ImageCounts(training: samples, validation: samples))
      var positions: [Int] = []
      for step in 0..<plan.shards.stepsPerEpoch {
        for rank in 0..<worldSize { positions += plan.shards.localRange(step: step, rank: rank) }
      }
      #expect(positions == Array(0..<samples))
      #expect((0..<worldSize).flatMap { Array(plan.validation.range(rank: $0)) } == Array(0..<samples))
      #expect(plan.samples(inFirst: plan.shards.stepsPerEpoch) == samples)
    }
  }

  @Test(arguments: 1...9) func preparesEveryBatchThatARankMeets(worldSize: Int) throws {
    let plan = try smallPlan(worldSize: worldSize)
    for rank in 0..<worldSize {
      let batches = plan.batches(rank: rank)
      for step in 0..<2 {
        #expect(batches.training.contains(plan.shards.localRange(step: step, rank: rank).count))
      }
      #expect(batches.training.contains(0), "a rank whose data fails has no samples")
      #expect(batches.evaluation == [4])
    }
  }

  @Test func countsStepsAndEpochs() throws {
    let bySteps = try smallPlan("steps=5")
    #expect(bySteps.totalSteps == 5 && bySteps.epochs == 3)
    let byEpochs = try RunPlan(
      configuration(minimalText, "batch.global=4"), images: ImageCounts(training: 10, validation: 1), worldSize: 2)
    #expect(byEpochs.totalSteps == 9 && byEpochs.epochs == 3)
    #expect((0..<9).filter(byEpochs.endsEpoch) == [2, 5, 8] && (0..<9).filter(byEpochs.endsRun) == [8])
    #expect((0...9).map(byEpochs.samples(inFirst:)) == [0, 4, 8, 10, 14, 18, 20, 24, 28, 30])
    #expect((0...4).map(byEpochs.epochs(after:)) == [0, 1, 1, 1, 2])
  }

  @Test func evaluatesAndSavesWhenAsked() throws {
    func plan(_ overrides: String...) throws -> RunPlan {
      let text = try RunConfiguration(text: smallText, source: "small.json", overrides: ["steps=7"] + overrides)
      return try RunPlan(text, images: smallImages, worldSize: 1)
    }
    func evaluations(_ every: Int) throws -> [Int] {
      (0..<7).filter(try plan("evaluation.every_epochs=\(every)").evaluates)
    }
    #expect(try evaluations(0) == [6])
    #expect(try evaluations(1) == [1, 3, 5, 6])
    #expect(try evaluations(2) == [3, 6])
    func checkpoints(_ steps: Int, _ epochs: Int) throws -> [Int] {
      (0..<7).filter(
        try plan("checkpoint.every_steps=\(steps)", "checkpoint.every_epochs=\(epochs)").checkpoints)
    }
    #expect(try checkpoints(0, 0) == [6])
    #expect(try checkpoints(3, 0) == [2, 5, 6])
    #expect(try checkpoints(0, 2) == [3, 6])
    #expect(try checkpoints(3, 1) == [1, 2, 3, 5, 6])
  }

  @Test func aRowOfAnEvaluationIsAView() throws {
    func plan(_ overrides: String...) throws -> (images: Int, rows: Int) {
      let text = overrides.map { "evaluation.\($0)" }
      let plan = try tinyPlan(text + (text.contains { $0.contains("batch") } ? [] : ["evaluation.batch=32"]))
      return (plan.validation.localBatch, plan.evaluationRows)
    }
    #expect(try plan() == (32, 32))
    #expect(try plan("crops=10") == (3, 30))
    #expect(try plan("crops=5", "flip=true", "batch=4") == (1, 10))
    #expect(try plan("flip=true") == (16, 32))
  }

  /// The target is a share of the images; only the evaluation of the last step that was done counts.
  @Test func aTargetEndsTheRun() throws {
    var position = RunPosition()
    (position.step, position.samplesSeen) = (4, 20)
    func isFinished(_ target: Double, top1Correct: Int, averaged: Int? = nil, step: Int = 4) throws -> Bool {
      position.evaluation = EvaluationReport(
        epoch: 2, step: step, top1Correct: top1Correct, top5Correct: 21, total: 21, validationLoss: 1,
        averaged: averaged.map { EvaluationScore(top1Correct: $0, top5Correct: 21, validationLoss: 1) }, seconds: 1)
      return try smallPlan("evaluation.target_top1=\(target)").isFinished(at: position)
    }
    #expect(try isFinished(0.5, top1Correct: 11))
    #expect(try !isFinished(0.5, top1Correct: 10))
    #expect(try !isFinished(0, top1Correct: 21))
    #expect(try isFinished(1, top1Correct: 21) && !isFinished(1, top1Correct: 20))
    #expect(try !isFinished(0.5, top1Correct: 21, step: 2))
    #expect(try !isFinished(0.5, top1Correct: 21, averaged: 10) && isFinished(0.5, top1Correct: 10, averaged: 11))
    position.step = 6
    #expect(try isFinished(1, top1Correct: 0))
  }

  @Test func digestsTellPlansApart() throws {
    let digest = try smallPlan().digest
    #expect(try smallPlan().digest == digest)
    let others = try [
      smallPlan(worldSize: 2), smallPlan("batch.global=6"), smallPlan("model.classes=5"), smallPlan("seed=2"),
      smallPlan("collectives.bucket_megabytes=1"), smallPlan(images: ImageCounts(training: 11, validation: 21)),
      smallPlan(images: ImageCounts(training: 10, validation: 20)),
    ].map(\.digest)
    #expect(Set(others + [digest]).count == others.count + 1)
  }

  @Test func aBatchLargerThanTheDataIsRefused() throws {
    #expect(problem("batch.global=11")?.contains("batch.global: expected at most the 10 images of t, got 11") == true)
    #expect(problem("batch.global=10") == nil)
  }

  @Test func aWarmUpAsLongAsTheRunIsRefused() throws {
    #expect(problem("schedule.warmup_epochs=3")?.contains("schedule.warmup_epochs: expected less than") == true)
    #expect(problem("schedule.warmup_epochs=1e300")?.contains("whole run of 6 steps") == true)
    #expect(problem("schedule.warmup_epochs=2.5") == nil)
  }

  @Test func moreStepsThanCanBeCountedAreRefused() throws {
    #expect(problem("steps=\(1 << 60)")?.contains("steps: expected at most") == true)
    let epochs = try? RunPlan(
      configuration(minimalText, "epochs=\(Int.max / 2)", "batch.global=1"), images: smallImages, worldSize: 1)
    #expect(epochs == nil)
  }

  @Test func aFinalRateAboveThePeakIsRefused() throws {
    #expect(problem("schedule.final_rate=0.2")?.contains("schedule.final_rate: expected at most") == true)
  }

  @Test func ratesFollowTheirClosedForms() throws {
    let cosine = try smallPlan("schedule.warmup_epochs=1", "schedule.final_rate=0.02", "schedule.base_rate=0.2")
      .schedule
    for step in 0..<6 {
      let expected =
        step < 2
        ? 0.2 * Double(step + 1) / 2
        : 0.02 + 0.18 * (1 + cos(.pi * Double(step - 2) / 4)) / 2
      #expect(abs(cosine.rate(atStep: step) - expected) < 1e-12, "step \(step)")
    }
    let scaled = try smallPlan("schedule.base_batch=14", "schedule.shape=\"constant\"").schedule
    #expect((0..<6).allSatisfy { abs(scaled.rate(atStep: $0) - 0.05) < 1e-12 })
    let stepped = try smallPlan(
      "schedule.shape=\"step\"", "schedule.milestones=[1, 2.5]", "schedule.factor=0.5"
    ).schedule
    #expect((0..<6).map(stepped.rate) == [0.1, 0.1, 0.05, 0.05, 0.05, 0.025])
    let line = try smallPlan("schedule.shape=\"polynomial\"").schedule
    #expect((0..<6).allSatisfy { abs(line.rate(atStep: $0) - 0.1 * (1 - Double($0) / 6)) < 1e-12 })
  }

  @Test func weightsDecayAndNormsAndBiasesDoNot() throws {
    let plan = try smallPlan()
    for part in plan.parameters.parameters.parts {
      let first = part.offset / 4
      let range = try #require(plan.updateRanges.first { $0.elements.contains(first) })
      #expect(range.elements.contains(first + part.shape.elements - 1))
      #expect(range.decays == (part.shape.rank > 1), "\(part.name)")
    }
    let all = try smallPlan("optimizer.decay_norms_and_biases=true")
    #expect(all.updateRanges == [UpdateRange(elements: 0..<all.parameters.parameters.bytes / 4, decays: true)])
  }
}

@Suite struct PlanReportTests {
  @Test func tellsEverythingThatWillHappen() throws {
    let plan = try smallPlan(worldSize: 3, "collectives.bucket_megabytes=10")
    let text = try PlanReport(plan, threads: 1).description
    let again = try smallPlan(worldSize: 3, "collectives.bucket_megabytes=10")
    #expect(try text == PlanReport(again, threads: 1).description)
    for part in [
      "small: ", "on 3 ranks", "6 steps of 7 images, 2 an epoch", "plan digest \(plan.digest)", "layer4.1.conv2",
      "11,178,564 parameters", "2,359,296", "Memory of a rank", "optimizer state", "44.7 MB",
      "A training step of 3 images", "channels last, f32", "8 x batch norm + add + relu", "Sections, backward",
      "moments of layer1.0.bn1", "17 forward, of 20 layers", "predicted peak", "training, batch 3",
      "Who holds it at", "Gradients, in the order in which buckets leave", "conv1.weight",
      "each rank sends", "Shards of 10 training and 21 validation images", "Learning rate",
    ] {
      #expect(text.contains(part), "\(part) is missing in\n\(text)")
    }
    #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") })
    #expect(try PlanReport(smallPlan(), threads: 1).description.contains("on 1 rank\n"))
  }

  @Test func thePredictionIsAlsoJSON() throws {
    let json = try JSONValue(parsing: PlanReport(smallPlan(), threads: 1).json())
    guard case .array(let parts)? = json["parts"], case .array(let passes)? = json["passes"] else {
      Issue.record("no parts or no passes in \(json)")
      return
    }
    let bytes = parts.map { if case .integer(let bytes)? = $0["bytes"] { bytes } else { 0 } }
    #expect(json["predicted_peak_bytes"] == .integer(bytes.reduce(0, +)))
    #expect(passes.map { $0["batch"] } == [.integer(3), .integer(7), .integer(4)])
  }

  @Test func aShardedUpdateIsTold() throws {
    let text = try PlanReport(smallPlan(worldSize: 4, "optimizer.sharded=true"), threads: 1).description
    #expect(text.contains("each rank sends 33.5 MB of gradients and as much of weights a step"), "\(text)")
    #expect(text.contains("optimizer state") && text.contains("11.2 MB"), "\(text)")
  }

  @Test func manyRanksAreCut() throws {
    let text = try PlanReport(smallPlan(worldSize: 40), threads: 1).description
    #expect(text.contains("and 24 more ranks"))
  }
}
