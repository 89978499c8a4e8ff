import Checkpoints
import SystemPackage
import TestSupport
import Testing

/// The process that saves is killed, and the disk keeps what it had written; or calls fail, and it goes on.
@Suite struct KillTrials {
  private static let run = "runs/a"

  private func fault(_ scenario: Scenario, _ before: DiskTree, _ fate: SimulatedDisk.Fate) -> String? {
    let disk = SimulatedDisk(before, fate)
    do {
      let isDone = (try? scenario.write(runFolder: Self.run, disk)) != nil
      disk.revive()
      try scenario.survivor(runFolder: Self.run, disk, isDone: isDone)
      let report = try scenario.write(runFolder: Self.run, disk)
      if !report.problems.isEmpty { throw Broken("the next save: \(report.problems)") }
      let names = try disk.names(inFolder: "\(Self.run)/checkpoints").filter { $0 != "best" }
      if names != ["latest", "step-0000000\(scenario.step)"] { throw Broken("the next save leaves \(names)") }
      return nil
    } catch {
      return "\(scenario), \(fate): \(error)"
    }
  }

  private func before(_ scenario: Scenario) throws -> DiskTree {
    let disk = SimulatedDisk()
    try scenario.prepare(runFolder: Self.run, disk)
    return disk.tree
  }

  /// Bytes that a save writes.
  private func bytes(_ scenario: Scenario) throws -> Int {
    let disk = SimulatedDisk(try before(scenario))
    try scenario.write(runFolder: Self.run, disk)
    return disk.log.reduce(0) { if case .change(.data(_, _, let bytes)) = $1 { $0 + bytes.count } else { $0 } }
  }

  /// With and without space reserved, and on two kinds of disk, until the number is reached.
  @Test func atEveryByte() throws {
    let trials = Trials.count(sample: 500, long: 50_000)
    let befores = try Scenario.allCases.map { ($0, try before($0), try bytes($0)) }
    let all = befores.reduce(0) { $0 + 2 * ($1.2 + 1) }
    var (faults, tried) = ([String](), 0)
    // Every byte, and then every byte again up to the number; the sample takes them evenly.
    for trial in 0..<max(trials, Trials.areLong ? all : 0) {
      var place = Trials.areLong ? trial % all : trial * all / trials
      let canReserve = place % 2 == 0
      place /= 2
      for (scenario, before, bytes) in befores {
        guard place <= bytes else {
          place -= bytes + 1
          continue
        }
        tried += 1
        let fate = SimulatedDisk.Fate(bytesToLive: place, canReserve: canReserve)
        if let fault = fault(scenario, before, fate) { faults.append(fault) }
        break
      }
    }
    #expect(faults.isEmpty, "\(faults.count) of \(tried), first: \(faults.first ?? "")")
    #expect(tried >= trials)
    try Trials.record(
      fault: "coordinator killed at every byte of a tiny checkpoint (\(all) places)",
      observable: "the previous or the new checkpoint loads, and the next save succeeds", trials: tried,
      passed: tried - faults.count)
  }

  @Test(arguments: Scenario.allCases, [true, false])
  func atEveryCall(scenario: Scenario, canReserve: Bool) throws {
    let before = try before(scenario)
    var (faults, calls) = ([String](), 0)
    while calls < 1000 {
      let fate = SimulatedDisk.Fate(callsToLive: calls, canReserve: canReserve)
      if let fault = fault(scenario, before, fate) { faults.append(fault) }
      let disk = SimulatedDisk(before, fate)
      if let report = try? scenario.write(runFolder: Self.run, disk), report.problems.isEmpty { break }
      calls += 1
    }
    #expect(faults.isEmpty, "\(faults.count) of \(calls), first: \(faults.first ?? "")")
    #expect(50..<1000 ~= calls)
    try Trials.record(
      fault:
        "coordinator killed at every call of a save (\(scenario), \(canReserve ? "space reserved" : "no reserving"))",
      observable: "the previous or the new checkpoint loads, and the next save succeeds", trials: calls,
      passed: calls - faults.count)
  }

  /// One call fails and the process goes on: what had been written is removed again, unless removing it is what failed.
  @Test(arguments: Scenario.allCases, [Errno.ioError, .noSpace, .permissionDenied])
  func anErrorOfEveryCall(scenario: Scenario, errno: Errno) throws {
    let before = try before(scenario)
    let whole = SimulatedDisk(before)
    try scenario.write(runFolder: Self.run, whole)
    var faults: [String] = []
    for (number, call) in whole.calls.enumerated() {
      let disk = SimulatedDisk(before, .init(failing: (number, errno)))
      do {
        let isDone = (try? scenario.write(runFolder: Self.run, disk)) != nil
        disk.revive()
        try scenario.survivor(runFolder: Self.run, disk, isDone: isDone)
        let names = (try? disk.names(inFolder: "\(Self.run)/checkpoints")) ?? []
        if !isDone && ![.unlink, .rmdir].contains(call), names.contains(where: { $0.contains("partial") }) {
          throw Broken("left: \(names)")
        }
        if try !scenario.write(runFolder: Self.run, disk).problems.isEmpty {
          throw Broken("the next save has problems")
        }
      } catch {
        faults.append("call \(number), \(call): \(error)")
      }
    }
    #expect(faults.isEmpty, "\(faults.count) of \(whole.calls.count), first: \(faults.first ?? "")")
    try Trials.record(
      fault: "\(errno) at every call of a save (\(scenario))",
      observable: "the old checkpoint is intact, nothing half-written is left, the next save succeeds",
      trials: whole.calls.count, passed: whole.calls.count - faults.count)
  }

  /// Disks of every size: the save succeeds, or the old checkpoint is as it was and nothing of the new one is left. Where
  /// space can be reserved, not a byte is written to a disk that is too small.
  @Test(arguments: Scenario.allCases, [true, false])
  func onDisksOfEverySize(scenario: Scenario, canReserve: Bool) throws {
    let before = try before(scenario)
    let needed = try bytes(scenario)
    var (faults, trials, successes) = ([String](), 0, 0)
    for room in stride(from: 0, through: needed + 20, by: Trials.count(sample: 61, long: 1)) {
      trials += 1
      let disk = SimulatedDisk(before, .init(capacity: before.bytes + room, canReserve: canReserve))
      do {
        let isDone = (try? scenario.write(runFolder: Self.run, disk)) != nil
        successes += isDone ? 1 : 0
        let hasWritten = disk.log.contains { if case .change(.data) = $0 { true } else { false } }
        let survivor = try scenario.survivor(runFolder: Self.run, disk, isDone: isDone)
        let names = (try? disk.names(inFolder: "\(Self.run)/checkpoints")) ?? []
        if names.contains(where: { $0.contains("partial") }) { throw Broken("left: \(names)") }
        if canReserve && hasWritten && survivor != .new { throw Broken("bytes were written to a disk without room") }
      } catch {
        faults.append("room for \(room) bytes: \(error)")
      }
    }
    #expect(faults.isEmpty, "\(faults.count) of \(trials), first: \(faults.first ?? "")")
    #expect(0..<trials ~= successes)
    try Trials.record(
      fault: "disk full after every byte (\(scenario), \(canReserve ? "space reserved" : "no reserving"))",
      observable: "the old checkpoint is intact and nothing half-written is left", trials: trials,
      passed: trials - faults.count)
  }
}
