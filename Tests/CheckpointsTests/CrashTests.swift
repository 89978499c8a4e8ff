import Checkpoints
import Testing

/// Every system call of a write fails in turn, alone or with all that follow it, as when the process dies there.
@Suite struct CrashTests {
  @Test(arguments: Scenario.allCases, FaultyFiles.Fault.allCases)
  func thePreviousOrTheNewCheckpointIsThereAfterEveryFailure(scenario: Scenario, fault: FaultyFiles.Fault) throws {
    var failing = 0
    var failures = 0
    var survivors: Set<Bool> = []
    while true {
      let folder = try TemporaryFolder()
      try scenario.prepare(runFolder: "\(folder.path)/run", FaultyFiles())
      let files = FaultyFiles(failing: failing, fault)
      var isDone = false
      do {
        let report = try scenario.write(runFolder: "\(folder.path)/run", files)
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
      do {
        let survivor = try scenario.survivor(runFolder: "\(folder.path)/run", SystemFiles(), isDone: isDone)
        survivors.insert(survivor == .new)
      } catch let broken as Broken {
        Issue.record("call \(failing), \(files.calls[failing]): \(broken)")
      }
      if fault == .once && !isDone { try checkNothingIsLeft(folder, files.calls[failing]) }
      try checkRecovery(scenario, folder)
      failing += 1
    }
    #expect(failures > 35 && failing > 60, "\(failures) of \(failing) calls failed the write")
    #expect(survivors == [false, true])
  }

  /// A save that failed has removed what it had written, where the call that failed was not itself a removal.
  private func checkNothingIsLeft(_ folder: TemporaryFolder, _ failed: FaultyFiles.Call) throws {
    guard ![.unlink, .rmdir].contains(failed.call), let names = try? folder.names("run/checkpoints") else { return }
    #expect(!names.contains { $0.contains("partial") }, "after \(failed): \(names)")
  }

  private func checkRecovery(_ scenario: Scenario, _ folder: TemporaryFolder) throws {
    let report = try scenario.write(runFolder: "\(folder.path)/run", FaultyFiles())
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
    try Scenario.next.prepare(runFolder: "\(folder.path)/run", FaultyFiles())
    let files = FaultyFiles()
    try Scenario.next.write(runFolder: "\(folder.path)/run", files)
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
