import Checkpoints
import Testing

/// Every system call of a write fails in turn, alone or with all that follow it, as when the process dies there.
@Suite struct CrashTests {
  enum Scenario: CaseIterable {
    /// No checkpoint yet, not even a folder.
    case first
    /// The one checkpoint that is kept gives way to the next, which is the best as well.
    case next
    /// The only checkpoint is replaced by another one of the same step.
    case replacement

    var step: Int { self == .replacement ? 1 : 2 }
    var salt: Int { self == .replacement ? 9 : 0 }
    var best: StateRecord.Best? { self == .next ? .init(score: 0.9, step: 2) : nil }

    func prepare(_ folder: TemporaryFolder) throws {
      if self != .first { try SmallRun.write(step: 1, with: writer(folder, FaultyFiles())) }
    }

    func write(_ folder: TemporaryFolder, _ files: any FileOperations) throws -> CheckpointWriter.Report {
      try SmallRun.write(step: step, salt: salt, best: best, with: writer(folder, files))
    }

    private func writer(_ folder: TemporaryFolder, _ files: any FileOperations) -> CheckpointWriter {
      CheckpointWriter(runFolder: "\(folder.path)/run", keep: 1, files: files)
    }
  }

  @Test(arguments: Scenario.allCases, FaultyFiles.Fault.allCases)
  func thePreviousOrTheNewCheckpointIsThereAfterEveryFailure(scenario: Scenario, fault: FaultyFiles.Fault) throws {
    var failing = 0
    var failures = 0
    var survivors: Set<Bool> = []
    while true {
      let folder = try TemporaryFolder()
      try scenario.prepare(folder)
      let files = FaultyFiles(failing: failing, fault)
      var isDone = false
      do {
        let report = try scenario.write(folder, files)
        isDone = true
        if files.calls.count <= failing { break }
        #expect(fault == .once || !report.problems.isEmpty, "call \(failing)")
      } catch CheckpointError.system(let call, let path, let errno) {
        failures += 1
        #expect(errno == .ioError)
        // After a first failure that is worked around, a process that dies fails again.
        let failed = fault == .once ? files.calls[failing...failing] : files.calls[failing...]
        #expect(failed.contains(.init(call: call, path: path)), "the error names the call that failed")
      }
      survivors.insert(try checkSurvivor(scenario, folder, isDone, "call \(failing), \(files.calls[failing])"))
      try checkRecovery(scenario, folder)
      failing += 1
    }
    #expect(failures > 25 && failing > 35, "\(failures) of \(failing) calls failed the write")
    #expect(survivors == [false, true])
  }

  /// Returns whether the new checkpoint survived.
  private func checkSurvivor(
    _ scenario: Scenario, _ folder: TemporaryFolder, _ isDone: Bool, _ place: String
  ) throws -> Bool {
    let search = try CheckpointCatalog(runFolder: "\(folder.path)/run").newestValid()
    #expect(search.refused.isEmpty, "\(place): nothing half-written passes for a checkpoint")
    guard let checkpoint = search.checkpoint else {
      #expect(scenario == .first && !isDone, "\(place)")
      return false
    }
    let isNew =
      try checkpoint.step == scenario.step
      && SmallRun.holds(checkpoint, salt: scenario.salt, best: scenario.best)
    let isOld = try scenario != .first && checkpoint.step == 1 && SmallRun.holds(checkpoint)
    #expect(isNew || (isOld && !isDone), "\(place)")
    return isNew
  }

  private func checkRecovery(_ scenario: Scenario, _ folder: TemporaryFolder) throws {
    let report = try scenario.write(folder, FaultyFiles())
    #expect(report.problems.isEmpty)
    let pointers = scenario == .next ? ["best", "latest"] : ["latest"]
    #expect(try folder.names("run/checkpoints") == pointers + ["step-0000000\(scenario.step)"])
    let search = try CheckpointCatalog(runFolder: "\(folder.path)/run").newestValid()
    #expect(try SmallRun.holds(#require(search.checkpoint), salt: scenario.salt, best: scenario.best))
  }

  @Test func shortWritesAndReadsAreContinued() throws {
    let folder = try TemporaryFolder()
    let files = FaultyFiles(shortWrites: true)
    let writer = CheckpointWriter(runFolder: folder.path, keep: 1, files: files)
    try SmallRun.write(step: 3, with: writer)
    #expect(files.calls.count { $0.call == .write } > 100)
    let search = try CheckpointCatalog(runFolder: folder.path, files: files).newestValid()
    #expect(try SmallRun.holds(#require(search.checkpoint)))
  }

  /// The order that makes a checkpoint durable: every file before the manifest, all of it before the rename, the rename
  /// before `latest`, and that before anything is removed.
  @Test func theOrderOfTheCalls() throws {
    let folder = try TemporaryFolder()
    try Scenario.next.prepare(folder)
    let files = FaultyFiles()
    _ = try Scenario.next.write(folder, files)
    let base = "\(folder.path)/run/checkpoints"
    let order = files.calls.filter { [.fallocate, .fsync, .rename, .unlink, .rmdir].contains($0.call) }.map {
      let path = $0.path.replacing("\(base)/", with: "").replacing(/partial-\d+/, with: "partial")
      return "\($0.call.rawValue) \(path == base ? "." : path)"
    }
    let names = ["model.safetensors", "averaged.safetensors", "optimizer.safetensors", "state.json", "manifest.json"]
    #expect(
      order == names.map { "fallocate step-00000002.partial/\($0)" } + names.map { "fsync step-00000002.partial/\($0)" }
        + [
          "fsync step-00000002.partial", "rename step-00000002.partial to step-00000002", "fsync .",
          "fsync latest.partial", "rename latest.partial to latest", "fsync .", "fsync best.partial",
          "rename best.partial to best", "fsync .", "rename step-00000001 to step-00000001.partial",
        ] + names.sorted().map { "unlink step-00000001.partial/\($0)" } + ["rmdir step-00000001.partial"])
    let reserved = try #require(files.calls.lastIndex { $0.call == .fallocate })
    #expect(!files.calls[..<reserved].contains { $0.call == .write }, "a full disk shows before anything is written")
  }
}
