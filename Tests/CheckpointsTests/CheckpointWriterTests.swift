import Checkpoints
import Tensors
import Testing

@Suite struct CheckpointWriterTests {
  private let run: TemporaryFolder
  private let writer: CheckpointWriter
  private let catalog: CheckpointCatalog

  init() throws {
    run = try TemporaryFolder()
    writer = CheckpointWriter(runFolder: "\(run.path)/new/run", keep: 2)
    catalog = CheckpointCatalog(runFolder: "\(run.path)/new/run")
  }

  @Test func whatIsWrittenIsRead() throws {
    let before = try catalog.newestValid()
    #expect(before.checkpoint == nil && before.refused == [])
    let report = try SmallRun.write(step: 123, with: writer)
    #expect(report.problems == [] && report.removed == [] && !report.wasThere)
    #expect(try run.names("new/run/checkpoints") == ["latest", "step-00000123"])
    #expect(
      try run.names("new/run/checkpoints/step-00000123")
        == ["averaged.safetensors", "manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"])
    #expect(try run.text("new/run/checkpoints/latest") == "step-00000123\n")
    let checkpoint = try #require(try catalog.newestValid().checkpoint)
    #expect(checkpoint.path == report.path)
    #expect(checkpoint.manifest.configuration == SmallRun.configuration)
    #expect(checkpoint.manifest.binary == SmallRun.binary && checkpoint.manifest.hasAveragedWeights)
    #expect(report.bytes == checkpoint.manifest.bytes)
    #expect(try SmallRun.holds(checkpoint))
  }

  @Test func theNewestAndTheBestAreKept() throws {
    let best = StateRecord.Best(score: 0.5, step: 20)
    for step in [10, 20, 30, 40, 50] {
      let report = try SmallRun.write(step: step, best: step < 20 ? nil : best, with: writer)
      #expect(report.problems == [])
    }
    #expect(
      try run.names("new/run/checkpoints") == ["best", "latest", "step-00000020", "step-00000040", "step-00000050"])
    #expect(try run.text("new/run/checkpoints/best") == "step-00000020\n")
    let report = try SmallRun.write(step: 60, best: .init(score: 0.75, step: 60), with: writer)
    #expect(report.removed.map { $0.suffix(13) } == ["step-00000040", "step-00000020"])
    #expect(try run.names("new/run/checkpoints") == ["best", "latest", "step-00000050", "step-00000060"])
    #expect(try run.text("new/run/checkpoints/best") == "step-00000060\n")
  }

  @Test func anEqualCheckpointIsLeftAndADifferentOneReplaced() throws {
    try SmallRun.write(step: 7, with: writer)
    #expect(try SmallRun.write(step: 7, with: writer).wasThere)
    let report = try SmallRun.write(step: 7, salt: 5, with: writer)
    #expect(!report.wasThere && report.problems == [])
    #expect(report.removed.map { $0.suffix(24) } == ["step-00000007.replaced-1"])
    #expect(try run.names("new/run/checkpoints") == ["latest", "step-00000007"])
    #expect(try SmallRun.holds(#require(try catalog.newestValid().checkpoint), salt: 5))
  }

  @Test func aBrokenCheckpointIsPassedOverAndReplacedWhenItsStepComesAgain() throws {
    try SmallRun.write(step: 1, with: writer)
    try SmallRun.write(step: 2, with: writer)
    try run.remove("new/run/checkpoints/step-00000002/state.json")
    let search = try catalog.newestValid()
    #expect(search.checkpoint?.step == 1)
    #expect(search.refused.map(\.step) == [2])
    let reason = try refusal { _ = try search.refused.first?.result.get() }
    #expect(reason.contains("state.json") && reason.contains("No such file"))
    #expect(!(try SmallRun.write(step: 2, with: writer).wasThere))
    let repaired = try catalog.newestValid()
    #expect(repaired.checkpoint?.step == 2 && repaired.refused == [])
  }

  @Test func brokenCheckpointsDoNotPushValidOnesOut() throws {
    for step in [1, 2, 3] {
      try SmallRun.write(step: step, with: CheckpointWriter(runFolder: writer.runFolder, keep: 9))
    }
    try run.remove("new/run/checkpoints/step-00000003/manifest.json")
    try SmallRun.write(step: 4, with: writer)
    #expect(
      try catalog.list(.digests).map { [$0.step, (try? $0.result.get()) == nil ? 0 : 1] } == [
        [4, 1], [3, 0], [2, 1],
      ])
  }

  @Test func whatDeadWritersLeftIsRemoved() throws {
    for name in ["step-00000009.partial-1", "step-00000010.partial-4711"] {
      try run.makeFolder("new/run/checkpoints/\(name)")
      try run.write([1, 2, 3], to: "new/run/checkpoints/\(name)/model.safetensors")
    }
    try run.write([1], to: "new/run/checkpoints/latest.partial")
    #expect(try catalog.list(.sizes) == [])
    #expect(try SmallRun.write(step: 9, with: writer).removed.count == 3)
    #expect(try run.names("new/run/checkpoints") == ["latest", "step-00000009"])
  }

  /// A writer that died between moving a checkpoint aside and removing it leaves both.
  @Test func aReplacedCheckpointTakesThePlaceOfNoOther() throws {
    let writer = CheckpointWriter(runFolder: writer.runFolder, keep: 3)
    for step in [1, 2] { try SmallRun.write(step: step, with: writer) }
    try run.copy("new/run/checkpoints/step-00000002", to: "new/run/checkpoints/step-00000002.replaced-1")
    #expect(try catalog.list(.sizes).map(\.step) == [2, 2, 1])
    try SmallRun.write(step: 3, with: writer)
    #expect(
      try run.names("new/run/checkpoints") == ["latest", "step-00000001", "step-00000002", "step-00000003"])
  }

  @Test func whatIsNoCheckpointIsLeftAlone() throws {
    let strange = [
      "step-1", "step-+0000001", "step-00000001.replaced-x", "step-00000001.replaced-01", "notes", "step-",
      "step-0000000a",
      "step-00000001.abandoned-1", "notes.partial-1", "step-00000001.partial-x", "step-1.partial-1", "step--0000001",
      "step-step-00000001",
    ]
    for name in strange { try run.makeFolder("new/run/checkpoints/\(name)") }
    for step in [2, 3, 4] { try SmallRun.write(step: step, with: writer) }
    #expect(
      try run.names("new/run/checkpoints") == (strange + ["latest", "step-00000003", "step-00000004"]).sorted())
    #expect(try catalog.list(.sizes).map(\.step) == [4, 3])
  }

  @Test func goingBackSetsLaterCheckpointsAside() throws {
    let writer = CheckpointWriter(runFolder: writer.runFolder, keep: 9)
    for step in [100, 200, 300] { try SmallRun.write(step: step, with: writer) }
    #expect(try catalog.abandon(laterThan: 100).count == 2)
    #expect(try catalog.newestValid().checkpoint?.step == 100)
    try SmallRun.write(step: 200, salt: 3, with: writer)
    #expect(try SmallRun.holds(#require(try catalog.newestValid().checkpoint), salt: 3))
    _ = try catalog.abandon(laterThan: 100)
    #expect(
      try run.names("new/run/checkpoints") == [
        "latest", "step-00000100", "step-00000200.abandoned-1", "step-00000200.abandoned-2",
        "step-00000300.abandoned-1",
      ])
    #expect(try catalog.abandon(laterThan: 100) == [])
  }

  @Test func stepsOfMoreThanEightDigitsAreInOrder() throws {
    for step in [99_999_999, 100_000_000] { try SmallRun.write(step: step, with: writer) }
    #expect(try catalog.list(.digests).map(\.step) == [100_000_000, 99_999_999])
  }

  @Test func aFolderThatMayNotBeWrittenIsNamed() throws {
    try run.write([], to: "file")
    let reason = try refusal {
      try SmallRun.write(step: 1, with: CheckpointWriter(runFolder: "\(run.path)/file", keep: 1))
    }
    #expect(reason == "mkdir(\(run.path)/file/checkpoints) failed: Not a directory (errno 20)")
  }

  @Test func aScoreThatIsNoNumberIsRefusedAndNothingIsLeft() throws {
    #expect(throws: CheckpointError.self) {
      try SmallRun.write(step: 5, best: .init(score: .nan, step: 5), with: writer)
    }
    #expect(try run.names() == [])
  }
}
