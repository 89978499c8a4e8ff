import Foundation
import JSON
import Testing
import Training

/// Whole runs of two ranks in which a number goes wrong.
@Suite(.serialized) struct NumbersTests {
  private let folder: TemporaryFolder
  private let configurationPath: String

  init() throws {
    folder = try TemporaryFolder()
    configurationPath = try folder.prepareRuns(steps: 5, validation: 4)
  }

  @discardableResult
  private func run(
    _ name: String, _ overrides: [String] = [], inject: [String] = [], resume: JobRequest.Resume = .unlessBegun,
    ranks: Int = 2
  ) throws -> Training.ExitStatus {
    let request = JobRequest(
      configurationPath: configurationPath, overrides: ["name=\(name)"] + overrides, resume: resume,
      allowedChanges: ["steps"], injections: try inject.map { try FaultInjection($0) })
    return try runJob(ranks: ranks) { try TrainingJob.run(request, fabric: $0) }
  }

  private func failure(_ name: String, _ overrides: [String], inject: [String]) throws -> JobFailure? {
    try jobFailure { try run(name, overrides, inject: inject) }
  }

  private func tensors(_ name: String) throws -> [Data] {
    try ["model", "optimizer"].map {
      try Data(
        contentsOf: URL(
          fileURLWithPath: "\(folder.path)/runs/\(name)/checkpoints/step-00000005/\($0).safetensors"))
    }
  }

  private func report(_ name: String, step: Int) throws -> JSONValue {
    try JSONValue(parsing: try folder.text("runs/\(name)/non-finite-\(step).json"))
  }

  @Test func stopNamesRankParameterStepAndSamples() throws {
    let failure = try failure("stopped", [], inject: ["nan,1,2,exchange,layer1.0.conv1.weight/5"])
    #expect(failure?.status == .internalError)
    let words = ["step 2", "layer1.0.conv1.weight is not finite", "began on rank 1", "non-finite-2.json"]
    for word in words { #expect(failure?.description.contains(word) == true, "\(failure as Any)") }
    let report = try report("stopped", step: 2)
    #expect(report["decision"] == .string("stop") && report["began_on_ranks"] == .array([.integer(1)]))
    guard case .array(let ranks)? = report["ranks"], let rank = ranks.first(where: { $0["rank"] == .integer(1) }),
      case .array(let samples)? = rank["samples"], case .array(let paths)? = rank["paths"]
    else {
      Issue.record("\(report)")
      return
    }
    #expect(rank["parameter"] == .string("layer1.0.conv1.weight") && rank["element"] == .integer(5))
    #expect(samples.count == 2 && paths.count == 2 && "\(paths)".contains(".jpg"))
  }

  /// A skipped step counts and leaves nothing; a run that goes on after it is the run that never stopped.
  @Test func skippedStepsLeaveNothing() throws {
    let skip = ["numbers.non_finite=skip"]
    let fault = ["infinity,0,3,exchange"]
    try run("whole", skip, inject: fault)
    try run("parts", skip + ["steps=4"], inject: fault)
    try run("parts", skip, resume: .auto)
    #expect(try tensors("whole") == tensors("parts"))
    for name in ["whole", "parts"] {
      #expect(try folder.metrics(name, "step").map { $0["step"] } == [1, 2, 4, 5].map { .integer($0) })
      let skipped = try folder.metrics(name, "skipped")
      #expect(skipped.map { $0["step"] } == [.integer(3)] && skipped[0]["ranks"] == .array([.integer(0)]))
      #expect(
        try folder.metrics(name, "epoch").map { $0["samples"] } == [.integer(8)], "without those of the skipped step")
    }
    try run("clean")
    #expect(try tensors("clean") != tensors("whole"))
    let losses = try ["clean", "whole"].map { try folder.metrics($0, "step").map { $0["loss"] } }
    #expect(losses[0].prefix(2) == losses[1].prefix(2))
  }

  /// Ranks are named as the job does, and the numbers are those of a shared coordinator with as many trainers.
  @Test func aDedicatedCoordinatorHearsOfSkippedSteps() throws {
    let skip = ["numbers.non_finite=skip"]
    try run("shared", skip, inject: ["infinity,1,3,exchange,fc.weight/3"])
    try run(
      "apart", skip + ["coordinator=dedicated"], inject: ["infinity,2,3,exchange,fc.weight/3"], ranks: 3)
    #expect(try tensors("shared") == tensors("apart"))
    let skipped = try folder.metrics("apart", "skipped")
    #expect(skipped.map { $0["step"] } == [.integer(3)] && skipped[0]["ranks"] == .array([.integer(2)]))
    #expect(try report("apart", step: 3)["began_on_ranks"] == .array([.integer(2)]))
    #expect(throws: (any Error).self) {
      try run("refused", ["coordinator=dedicated", "numbers.non_finite=rewind"], ranks: 3)
    }
  }

  /// A fault that passes is as if it had not been: with a checkpoint to go back to, and without.
  @Test(arguments: [0, 2]) func rewindGivesTheUndisturbedRun(everySteps: Int) throws {
    let overrides = ["numbers.non_finite=rewind", "checkpoint.every_steps=\(everySteps)"]
    try run("clean", overrides)
    try run("rewound", overrides, inject: ["nan,1,4,exchange"])
    #expect(try tensors("clean") == tensors("rewound"))
    let losses = try ["clean", "rewound"].map { try folder.metrics($0, "step").map { [$0["step"], $0["loss"]] } }
    #expect(losses[0] == losses[1])
    let rewinds = try folder.metrics("rewound", "rewind")
    #expect(rewinds.map { $0["from"] } == [.integer(4)])
    #expect(rewinds.map { $0["step"] } == [.integer(everySteps)])
    #expect(
      try folder.metrics("rewound", "epoch").map { $0["samples"] }
        == folder.metrics("clean", "epoch").map { $0["samples"] })
  }

  /// At a rate that no network survives every step is bad, also again.
  @Test func incidentsHaveALimit() throws {
    let overrides = ["schedule.base_rate=1e30", "numbers.non_finite=rewind", "numbers.most_incidents=3"]
    let failure = try failure("diverging", overrides, inject: [])
    #expect(failure?.status == .internalError)
    #expect(failure?.description.contains("There have been 3 such steps") == true, "\(failure as Any)")
    #expect(try folder.metrics("diverging", "rewind").map { $0["from"] } == [.integer(2), .integer(3)])
    #expect(try folder.metrics("diverging", "step").map { $0["step"] } == [.integer(1)])
  }

  @Test func anAuditEndsARunWhoseReplicasDrift() throws {
    let failure = try failure(
      "drift", ["audit.every_steps=2"], inject: ["weight-bit,1,3,update,layer1.0.conv1.weight/7/2"])
    #expect(failure?.status == .ranksLost)
    let words = ["after step 4", "layer1.0.conv1.weight", "equal after step 2"]
    for word in words { #expect(failure?.description.contains(word) == true, "\(failure as Any)") }
  }
}
