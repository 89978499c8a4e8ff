import Checkpoints
import Fabrics
import Foundation
import Glibc
import JSON
import Testing
import Training

/// A run that goes on in the middle of an epoch is the run that never stopped: its weights, its metrics, its best.
@Suite struct TrainingRunTests {
  private let folder: TemporaryFolder
  private let configurationPath: String

  init() throws {
    folder = try TemporaryFolder()
    configurationPath = try folder.prepareRuns(steps: 5, validation: 6)
  }

  private func run(_ name: String, steps: Int = 5, resume: JobRequest.Resume = .unlessBegun) throws
    -> Training.ExitStatus
  {
    let request = JobRequest(
      configurationPath: configurationPath, overrides: ["name=\(name)", "steps=\(steps)"], resume: resume,
      allowedChanges: ["steps"])
    return try run(request)
  }

  private func run(_ request: JobRequest) throws -> Training.ExitStatus {
    try runJob(ranks: 2) { try TrainingJob.run(request, fabric: $0) }
  }

  private func weights(_ name: String, file: String = "model") throws -> Data {
    let path = "\(folder.path)/runs/\(name)/checkpoints/step-00000005/\(file).safetensors"
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func goingOnIsNotHavingStopped() throws {
    #expect(try run("whole") == .done)
    #expect(try run("parts", steps: 2) == .done)
    #expect(try run("parts", resume: .auto) == .done)
    #expect(try weights("whole") == weights("parts"))

    let (whole, parts) = (try folder.metrics("whole", "step"), try folder.metrics("parts", "step"))
    #expect(parts.map { $0["step"] } == (1...5).map { .integer($0) })
    #expect(parts.map { $0["loss"] } == whole.map { $0["loss"] })
    let epochs = try folder.metrics("parts", "epoch")
    #expect(epochs.map { $0["loss"] } == (try folder.metrics("whole", "epoch")).map { $0["loss"] })
    #expect(epochs.map { $0["samples"] } == [.integer(10)], "sums from before the stop count")
    #expect(try folder.metrics("parts", "evaluation").map { $0["step"] } == [.integer(2), .integer(5)])
    let state = try Checkpoint(opening: "\(folder.path)/runs/parts/checkpoints/step-00000005").state()
    #expect(state.best != nil && state.samplesSeen == 18)

    // Started once more it says that it is complete, and leaves everything as it is.
    let before = try folder.text("runs/parts/metrics.jsonl")
    #expect(try run("parts", resume: .auto) == .done)
    #expect(try folder.text("runs/parts/metrics.jsonl") == before)

    // A folder with checkpoints is not begun again by accident, nor continued as a shorter run.
    let refused = try jobFailure { _ = try run("parts") }
    #expect(refused?.status == .usage)
    #expect(try jobFailure { _ = try run("parts", steps: 4, resume: .auto) }?.status == .noCheckpoint)
    #expect(try folder.text("runs/parts/metrics.jsonl") == before)

    // Without its result the run is evaluated again, and nothing is trained. What a kill has left half-removed goes.
    let leftover = "\(folder.path)/runs/parts/checkpoints/step-00000002.partial-1"
    try FileManager.default.createDirectory(atPath: leftover, withIntermediateDirectories: false)
    try "{}".write(toFile: "\(leftover)/state.json", atomically: false, encoding: .utf8)
    let result = try folder.text("runs/parts/result.json")
    try FileManager.default.removeItem(atPath: "\(folder.path)/runs/parts/result.json")
    #expect(try run("parts", resume: .auto) == .done)
    let again = try RunResult(json: try folder.text("runs/parts/result.json"))
    let first = try RunResult(json: result)
    #expect(again.top1Correct == first.top1Correct && again.validationLoss == first.validationLoss)
    #expect(again.steps == 5)
    #expect(!FileManager.default.fileExists(atPath: leftover))
  }

  /// Whole runs, one after the other with and without a sharded update.
  @Test func shardingMayChangeOnTheWay() throws {
    func run(_ name: String, steps: Int, sharded: Bool) throws {
      let request = JobRequest(
        configurationPath: configurationPath,
        overrides: [
          "name=\(name)", "steps=\(steps)", "optimizer.sharded=\(sharded)", "collectives.algorithm=two_level",
          "collectives.bucket_megabytes=4",
        ], resume: .auto, allowedChanges: ["steps", "optimizer.sharded"])
      #expect(try self.run(request) == .done)
    }
    try run("whole", steps: 5, sharded: false)
    for (steps, sharded) in [(2, false), (3, true), (4, true), (5, false)] {
      try run("parts", steps: steps, sharded: sharded)
    }
    // Each rank writes its own part of the optimizer's state.
    let names = try FileManager.default.contentsOfDirectory(
      atPath: "\(folder.path)/runs/parts/checkpoints/step-00000004")
    #expect(
      names.filter { $0.hasPrefix("optimizer") }.sorted()
        == (1...2).map {
          "optimizer-0000\($0)-of-00002.safetensors"
        })
    #expect(try weights("whole") == weights("parts"))
    #expect(try weights("whole", file: "optimizer") == weights("parts", file: "optimizer"))
    #expect(
      try folder.metrics("parts", "step").map { $0["loss"] } == folder.metrics("whole", "step").map { $0["loss"] })
  }

  /// A part that a rank cannot write fails the checkpoint, and nothing else.
  @Test func aPartThatCannotBeWrittenIsGivenUpWithItsCheckpoint() throws {
    let request = JobRequest(
      configurationPath: configurationPath,
      overrides: [
        "name=part", "optimizer.sharded=true", "collectives.algorithm=two_level", "checkpoint.every_steps=2",
        "checkpoint.keep=9",
      ], injections: [try FaultInjection("fail-write,1,2,save,2")])
    #expect(try run(request) == .done)
    let folders = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/runs/part/checkpoints")
    #expect(folders.sorted() == ["best", "latest", "step-00000004", "step-00000005"])
    #expect(try folder.metrics("part", "checkpoint").map { $0["step"] } == [.integer(4), .integer(5)])
    try Checkpoint(opening: "\(folder.path)/runs/part/checkpoints/step-00000004").verify()
  }

  /// Everything that changes images, on two sizes of them: a run that stops at the change, or in the middle of an epoch, goes on
  /// as if it had not.
  @Test(arguments: [2, 3, 4]) func augmentationGoesOnWhereItWas(stop: Int) throws {
    func run(_ name: String, steps: Int) throws {
      let request = JobRequest(
        configurationPath: configurationPath,
        overrides: [
          "name=\(name)", "steps=\(steps)", "data.workers=2", "data.interpolation=bicubic",
          #"data.progressive={"until_epoch":[1],"image_size":[12]}"#, "augmentation.policy=trivial_augment_wide",
          "augmentation.color_jitter=[0.4,0.4,0.4,0.1]", "augmentation.random_erasing=0.5",
          "augmentation.erasing_value=noise", "augmentation.cutout=4", "augmentation.mixup=0.2",
          "augmentation.cutmix=1",
          "augmentation.repeats=2", "loss.label_smoothing=0.1",
        ], resume: .auto, allowedChanges: ["steps"])
      #expect(try self.run(request) == .done)
    }
    try run("whole", steps: 5)
    for steps in [stop, 5] { try run("parts", steps: steps) }
    #expect(try weights("whole") == weights("parts"))
    #expect(
      try folder.metrics("parts", "step").map { $0["loss"] } == folder.metrics("whole", "step").map { $0["loss"] })
  }

  /// Also when no checkpoint is due at that step, and when it is older than those that are kept.
  @Test func theBestNetworkKeepsItsCheckpoint() throws {
    let request = JobRequest(
      configurationPath: configurationPath,
      overrides: ["name=best", "steps=18", "evaluation.every_epochs=1", "checkpoint.keep=1"])
    #expect(try run(request) == .done)
    let evaluations = try folder.metrics("best", "evaluation").map { report -> (correct: Int, step: Int) in
      guard case .integer(let correct)? = report["top1_correct"], case .integer(let step)? = report["step"] else {
        throw CheckpointError.broken(path: "metrics.jsonl", reason: "no counts in \(report)")
      }
      return (correct, step)
    }
    let most = try #require(evaluations.map(\.correct).max())
    let best = try #require(evaluations.first { $0.correct == most })
    let name = try folder.text("runs/best/checkpoints/best").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(name == "step-" + String(format: "%08d", best.step), "\(evaluations)")
    #expect(throws: Never.self) { try Checkpoint(opening: "\(folder.path)/runs/best/checkpoints/\(name)").verify() }
  }

  private func result(_ name: String) throws -> RunResult {
    try RunResult(json: try folder.text("runs/\(name)/result.json"))
  }

  private func evaluate(
    _ name: String, step: Int, weights: EvaluatedWeights? = nil, ranks: Int = 2, _ overrides: [String] = []
  )
    throws -> EvaluationReport
  {
    let path = "\(folder.path)/runs/\(name)/checkpoints/step-" + String(format: "%08d", step)
    let job = JobRequest(configurationPath: configurationPath, overrides: overrides, progress: ProgressStyle.none)
    let request = EvaluationRequest(checkpoint: path, weights: weights, report: "\(folder.path)/\(name).json")
    let results = try runRanksAsThreads(worldSize: ranks) { try EvaluationRun.run(job, request, fabric: $0) }
    for case .failure(let failure as JobFailure) in results { throw failure }
    return try results[0].get()
  }

  /// Raw and averaged weights are both evaluated, the average decides, and a checkpoint of them tells the same where the training
  /// images are gone.
  @Test func averagedWeightsAreEvaluatedToo() throws {
    func request(_ name: String, steps: Int, resume: JobRequest.Resume = .unlessBegun) -> JobRequest {
      JobRequest(
        configurationPath: configurationPath,
        overrides: [
          "name=\(name)", "steps=\(steps)", "averaging.decay=0.5", "evaluation.every_epochs=1",
          "averaging.start_epoch=1", "checkpoint.keep=9",
        ], resume: resume, allowedChanges: ["steps"])
    }
    #expect(try run(request("whole", steps: 9)) == .done)
    let evaluations = try folder.metrics("whole", "evaluation")
    #expect(evaluations.map { $0["step"] } == [3, 6, 9].map { .integer($0) })
    #expect(
      evaluations.map { $0["averaged"] == nil } == [true, false, false], "the average begins with the second epoch")

    #expect(try run(request("parts", steps: 4)) == .done)
    #expect(try run(request("parts", steps: 9, resume: .auto)) == .done)
    #expect(try folder.metrics("parts", "evaluation").last?["averaged"] == evaluations[2]["averaged"])
    for file in ["model", "optimizer", "averaged"] {
      let files = try ["whole", "parts"].map {
        try Data(
          contentsOf: URL(fileURLWithPath: "\(folder.path)/runs/\($0)/checkpoints/step-00000009/\(file).safetensors"))
      }
      #expect(files[0] == files[1], "\(file)")
    }

    try FileManager.default.removeItem(atPath: "\(folder.path)/sample/train")
    let result = try result("whole")
    let both = try evaluate("whole", step: 9, ranks: 3)
    #expect(both.weights == .both && both.averaged == result.averaged && result.averaged != nil)
    #expect(both.top1Correct == result.top1Correct && both.validationLoss == result.validationLoss)
    #expect(both.epoch == 3 && both.step == 9)
    let raw = try evaluate("whole", step: 9, weights: .raw)
    #expect(raw.averaged == nil && raw.validationLoss == result.validationLoss && raw.weights == .raw)
    let averaged = try evaluate("whole", step: 9, weights: .averaged, ranks: 1)
    #expect(averaged.averaged == nil && averaged.validationLoss == result.averaged?.validationLoss)
    let details = try EvaluationDetails(json: try folder.text("whole.json"))
    #expect(details.raw == nil && details.averaged?.classes.reduce(0) { $0 + $1.correct } == averaged.top1Correct)
    #expect(try EvaluationDetails(json: try folder.text("runs/whole/evaluation.json")).averaged == details.averaged)

    // Of one that has none they cannot be had, and what is not a checkpoint of this network is refused.
    #expect(try jobFailure { _ = try evaluate("whole", step: 3, weights: .averaged) }?.status == .noCheckpoint)
    #expect(try evaluate("whole", step: 3).weights == .raw)
    let other = try jobFailure { _ = try evaluate("whole", step: 9, ["model.classes=3"]) }
    #expect(
      other?.status == .usage && other?.description.contains("the classes of the checkpoint's network") == true,
      "\(other as Any)")
  }

  @Test func theTargetEndsTheRunAndIsRemembered() throws {
    func request(_ name: String, _ more: [String] = []) -> JobRequest {
      JobRequest(
        configurationPath: configurationPath,
        overrides: ["name=\(name)", "steps=18", "evaluation.every_epochs=1"] + more, resume: .auto)
    }
    #expect(try run(request("whole")) == .done)
    #expect(try result("whole").reachedTarget == nil)
    let counts = try folder.metrics("whole", "evaluation").compactMap { $0["top1_correct"]?.whole }
    let most = try #require(counts.dropLast().max())
    let first = 3 * (try #require(counts.firstIndex { $0 >= most }) + 1)
    let target = "evaluation.target_top1=\(Double(most) / 6)"
    #expect(try run(request("short", [target])) == .done)
    let short = try result("short")
    #expect(short.steps == first && short.reachedTarget == true && short.top1Correct == most, "\(counts)")
    #expect(try folder.text("runs/short/checkpoints/latest") == "step-" + String(format: "%08d\n", first))

    // Complete: nothing is left to do. A result that was lost is written again.
    let before = try folder.text("runs/short/metrics.jsonl")
    #expect(try run(request("short", [target])) == .done)
    try FileManager.default.removeItem(atPath: "\(folder.path)/runs/short/result.json")
    #expect(try run(request("short", [target])) == .done)
    #expect(try folder.text("runs/short/metrics.jsonl") == before)
    #expect(try result("short").steps == first)

    // Without the target it goes on as the run that never had one.
    #expect(try run(request("short")) == .done)
    #expect(try result("short").steps == 18 && result("short").top1Correct == result("whole").top1Correct)
    #expect(try result("short").validationLoss == result("whole").validationLoss)
  }

  /// Ranks that track statistics of their own still evaluate the network that is saved, and go on as if they had not
  /// stopped.
  @Test func unsharedStatisticsAreRankZerosWhereTheyCount() throws {
    func request(_ name: String, steps: Int, resume: JobRequest.Resume = .unlessBegun) -> JobRequest {
      JobRequest(
        configurationPath: configurationPath,
        overrides: ["name=\(name)", "steps=\(steps)", "sync_batch_norm.span=none", "evaluation.every_epochs=1"],
        resume: resume, allowedChanges: ["steps"])
    }
    #expect(try run(request("whole", steps: 5)) == .done)
    #expect(try run(request("parts", steps: 2)) == .done)
    #expect(try run(request("parts", steps: 5, resume: .auto)) == .done)
    #expect(try weights("whole") == weights("parts"))
    let (whole, checkpoint) = (request("whole", steps: 5), "\(folder.path)/runs/whole/checkpoints/step-00000005")
    let saved = try runRanksAsThreads(worldSize: 2) {
      try EvaluationRun.run(whole, EvaluationRequest(checkpoint: checkpoint), fabric: $0)
    }[0].get()
    let result = try RunResult(json: try folder.text("runs/whole/result.json"))
    #expect(saved.top1Correct == result.top1Correct && saved.validationLoss == result.validationLoss)
  }

  @Test func aFolderHasOneWriterAtATime() throws {
    _ = mkdir("\(folder.path)/runs", 0o700)
    _ = mkdir("\(folder.path)/runs/taken", 0o700)
    let other = open("\(folder.path)/runs/taken/.lock", O_RDWR | O_CREAT, 0o600)
    defer { close(other) }
    #expect(flock(other, LOCK_EX) == 0)
    let failure = try jobFailure { _ = try run("taken") }
    #expect(failure?.status == .output)
    #expect("\(failure as Any)".contains("another job is writing"))
  }
}

extension JSONValue {
  fileprivate var whole: Int? {
    if case .integer(let number) = self { number } else { nil }
  }
}
