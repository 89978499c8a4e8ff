import Checkpoints
import Fabrics
import Foundation
import JSON
import TestSupport
import Testing
import Training

/// A coordinator with a rank of its own: what it evaluates and writes is what a coordinator that trains would.
@Suite(.serialized) struct DedicatedCoordinatorTests {
  private let folder: TemporaryFolder
  private let configurationPath: String

  init() throws {
    folder = try TemporaryFolder()
    configurationPath = try folder.prepareRuns(
      steps: 11, validation: 7, checkpoint: #"{ "every_steps": 4, "every_epochs": 0, "keep": 99 }"#,
      evaluation: #"{ "every_epochs": 1, "batch": 3 }"#,
      collectives: #"{ "algorithm": "two_level", "timeout_seconds": 60 }"#)
  }

  /// - Parameter trainers: ranks that train; a dedicated coordinator is one more.
  private func run(
    _ name: String, _ coordinator: String, trainers: Int = 2, resume: JobRequest.Resume = .unlessBegun,
    seed: UInt64? = nil,
    _ overrides: [String] = []
  ) throws -> Training.ExitStatus {
    let request = JobRequest(
      configurationPath: configurationPath, overrides: ["name=\(name)", "coordinator=\(coordinator)"] + overrides,
      resume: resume, allowedChanges: ["steps"])
    return try runJob(ranks: trainers + (coordinator == "dedicated" ? 1 : 0)) { fabric in
      try TrainingJob.run(request, fabric: seed.map { FaultyFabric(fabric, seed: $0) } ?? fabric)
    }
  }

  /// What must not depend on who coordinates, without what is time.
  private func numbers(_ name: String) throws -> [[JSONValue?]] {
    let keys = [
      "loss", "step", "epoch", "samples", "top1_correct", "top5_correct", "total", "validation_loss", "averaged",
    ]
    return try ["step", "epoch", "evaluation"].flatMap { kind in
      try folder.metrics(name, kind).map { line in keys.map { line[$0] } }
    }
  }

  private func checkpoints(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/runs/\(name)/checkpoints")
      .filter { $0.hasPrefix("step-") }.sorted()
  }

  /// Nil where there is no such file.
  private func tensors(_ name: String, _ checkpoint: String) throws -> [Data?] {
    let path = "\(folder.path)/runs/\(name)/checkpoints/\(checkpoint)"
    #expect(throws: Never.self) { try Checkpoint(opening: path).verify() }
    let files = ["model", "averaged"].map {
      try? Data(contentsOf: URL(fileURLWithPath: "\(path)/\($0).safetensors"))
    }
    return try files + [optimizerState(ofCheckpoint: path)]
  }

  private func expectSameRun(_ one: String, _ other: String) throws {
    #expect(try numbers(one) == numbers(other))
    #expect(try checkpoints(one) == checkpoints(other))
    for name in try checkpoints(one) {
      #expect(try tensors(one, name) == tensors(other, name), "\(name)")
      let states = try [one, other].map {
        try Checkpoint(opening: "\(folder.path)/runs/\($0)/checkpoints/\(name)").state()
      }
      #expect(states[0].best == states[1].best && states[0].worldSize == states[1].worldSize, "\(name)")
    }
    let results = try [one, other].map { try RunResult(json: try folder.text("runs/\($0)/result.json")) }
    #expect(results[0].top1Correct == results[1].top1Correct && results[0].steps == results[1].steps)
    #expect(results[0].validationLoss == results[1].validationLoss && results[0].epochs == results[1].epochs)
  }

  /// With one, two and three trainers; also late and out of order, with statistics of every rank's own, and with a sharded
  /// update.
  @Test func givesTheNumbersOfASharedOne() throws {
    for trainers in 1...3 {
      #expect(try run("shared-\(trainers)", "shared", trainers: trainers) == .done)
      #expect(try run("dedicated-\(trainers)", "dedicated", trainers: trainers) == .done)
      try expectSameRun("shared-\(trainers)", "dedicated-\(trainers)")
    }
    #expect(try run("late", "dedicated", seed: 4) == .done)
    try expectSameRun("shared-2", "late")
    let variants = [
      ("own", "sync_batch_norm.span=none"), ("sharded", "optimizer.sharded=true"), ("average", "averaging.decay=0.75"),
    ]
    for (name, override) in variants {
      #expect(try run("\(name)-shared", "shared", [override]) == .done)
      #expect(try run("\(name)-dedicated", "dedicated", [override]) == .done)
      try expectSameRun("\(name)-shared", "\(name)-dedicated")
    }
  }

  /// A run may change its coordinator at every stop.
  @Test func goesOnWhereASharedOneStopped() throws {
    #expect(try run("whole", "shared") == .done)
    for (steps, coordinator) in [(3, "shared"), (6, "dedicated"), (9, "dedicated"), (11, "shared")] {
      #expect(try run("parts", coordinator, resume: .auto, ["steps=\(steps)"]) == .done)
    }
    let last = "step-00000011"
    #expect(try tensors("whole", last) == tensors("parts", last))
    #expect(
      try folder.metrics("parts", "step").map { $0["loss"] } == folder.metrics("whole", "step").map { $0["loss"] })

    // A complete run says so; without its result it is finished again, and nothing is trained.
    let before = try folder.text("runs/parts/metrics.jsonl")
    #expect(try run("parts", "dedicated", resume: .auto) == .done)
    #expect(try folder.text("runs/parts/metrics.jsonl") == before)
    let result = try RunResult(json: try folder.text("runs/parts/result.json"))
    try FileManager.default.removeItem(atPath: "\(folder.path)/runs/parts/result.json")
    #expect(try run("parts", "dedicated", resume: .auto) == .done)
    let again = try RunResult(json: try folder.text("runs/parts/result.json"))
    #expect(again.top1Correct == result.top1Correct && again.validationLoss == result.validationLoss)
  }

  /// The trainers are some steps further when they hear of it; the run ends where the target was reached.
  @Test func aTargetEndsTheRun() throws {
    let target = "evaluation.target_top1=0.01"
    #expect(try run("shared", "shared", [target]) == .done)
    #expect(try run("dedicated", "dedicated", [target]) == .done)
    let results = try ["shared", "dedicated"].map { try RunResult(json: try folder.text("runs/\($0)/result.json")) }
    #expect(results[0].steps == 3 && results[0].reachedTarget == true, "\(results)")
    #expect(results[1].steps == 3 && results[1].reachedTarget == true, "\(results)")
    #expect(try tensors("shared", "step-00000003") == tensors("dedicated", "step-00000003"))
    #expect(try checkpoints("dedicated") == ["step-00000003"])
    #expect(try run("dedicated", "dedicated", resume: .auto, [target]) == .done)
  }

  /// What fails on the coordinator's rank alone ends all ranks alike, with its status.
  @Test func anImageThatCannotBeEvaluatedEndsTheJob() throws {
    let images = try FileManager.default.subpathsOfDirectory(atPath: "\(folder.path)/sample/val")
    let victim = try #require(images.first { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") })
    try "no image".write(toFile: "\(folder.path)/sample/val/\(victim)", atomically: true, encoding: .utf8)
    let failure = try jobFailure { _ = try run("bad", "dedicated") }
    #expect(failure?.status == .data && "\(failure as Any)".contains(victim), "\(failure as Any)")
  }

  /// What fails on one trainer is told by all ranks.
  @Test func anImageThatCannotBeTrainedOnEndsTheJob() throws {
    let images = try FileManager.default.subpathsOfDirectory(atPath: "\(folder.path)/sample/train")
    let victim = try #require(images.first { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") })
    try "no image".write(toFile: "\(folder.path)/sample/train/\(victim)", atomically: true, encoding: .utf8)
    let failure = try jobFailure { _ = try run("bad", "dedicated") }
    #expect(failure?.status == .data && "\(failure as Any)".contains(victim), "\(failure as Any)")
    let tooMany = try jobFailure {
      _ = try run("many", "dedicated", ["data.on_error=substitute", "data.max_bad_fraction=0"])
    }
    #expect(tooMany?.status == .data, "\(tooMany as Any)")
    #expect(try run("some", "dedicated", ["data.on_error=substitute", "data.max_bad_fraction=0.5"]) == .done)
    #expect(try folder.text("runs/some/bad-samples.jsonl").contains(victim))
  }

  /// Messages of the coordinator, or of the trainers, get lost: the other side names who is silent.
  @Test(arguments: [(silent: 0, notices: 1), (silent: 1, notices: 0)])
  func silenceHasALimit(silent: Int, notices: Int) throws {
    let request = JobRequest(
      configurationPath: configurationPath,
      overrides: ["name=silent", "coordinator=dedicated", "steps=900", "collectives.timeout_seconds=3"])
    let results = try runRanksAsThreads(worldSize: 3) { fabric in
      // Those between the two sides alone have tags from 10000 on.
      let lossy = SilentFabric(fabric) { $0 == 10_000 }
      return try TrainingJob.run(request, fabric: fabric.rank == silent ? lossy : fabric)
    }
    let errors = results.compactMap { if case .failure(let error as FabricError) = $0 { error } else { nil } }
    #expect(
      errors.contains { if case .timedOut(notices, silent, _, _) = $0 { true } else { false } }, "\(errors)")
  }

  /// A checkpoint that cannot be written is given up, and at last the run with it, on all ranks.
  @Test func aFolderThatCannotBeWrittenEndsTheJob() throws {
    _ = mkdir("\(folder.path)/runs", 0o700)
    _ = mkdir("\(folder.path)/runs/full", 0o700)
    try "in the way".write(toFile: "\(folder.path)/runs/full/checkpoints", atomically: true, encoding: .utf8)
    let failure = try jobFailure { _ = try run("full", "dedicated") }
    #expect(failure?.status == .output || failure?.status == .noCheckpoint, "\(failure as Any)")
  }
}
