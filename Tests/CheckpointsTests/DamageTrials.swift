import Checkpoints
import TestSupport
import Testing

/// The newest checkpoint of a run is damaged at random: it is refused by name, and the one before it is taken.
@Suite struct DamageTrials {
  private static let run = "runs/a"

  enum Damage: CaseIterable {
    case cut, flip, grow, zero, remove
    /// A file of the same checkpoint, of an older one, of another run's of the same step, under this one's name.
    case swap, older, foreign
    /// The whole folder of an older checkpoint, or of another run's with another step.
    case olderFolder, foreignFolder
  }

  /// The files of a run by path: steps 3, 4 and 5.
  private func files(salt: Int, inParts: Bool, lastStep: Int = 5) throws -> [String: [UInt8]] {
    let disk = SimulatedDisk()
    for step in lastStep - 2...lastStep {
      try SmallRun.write(
        step: step, salt: salt, inParts: inParts,
        with: CheckpointWriter(runFolder: Self.run, keep: 9, files: disk))
    }
    let visible = disk.tree.visible.compactMapValues(\.self)
    return Dictionary(uniqueKeysWithValues: visible.map { (String($0.key.dropFirst()), $0.value) })
  }

  @Test(arguments: [false, true])
  func theNewestIsRefusedByNameAndTheOneBeforeItTaken(inParts: Bool) throws {
    let own = try files(salt: 0, inParts: inParts)
    let (foreign, later) = (
      try files(salt: 40, inParts: inParts), try files(salt: 40, inParts: inParts, lastStep: 6)
    )
    let trials = Trials.count(sample: 600, long: 75_000)
    var (faults, refusals) = ([String](), Set<Damage>())
    for seed in 0..<trials {
      var random = TestRandom(seed: UInt64(seed))
      let damage = random.element(of: Damage.allCases)
      let damaged = apply(damage, to: own, foreign, later, &random)
      if damaged == own { continue }
      refusals.insert(damage)
      do {
        try check(MemoryFiles(contents: damaged))
      } catch {
        faults.append("seed \(seed), \(damage): \(error)")
      }
    }
    #expect(faults.isEmpty, "\(faults.count) of \(trials), first: \(faults.first ?? "")")
    #expect(refusals.count == Damage.allCases.count)
    try Trials.record(
      fault:
        "checkpoint damaged (\(inParts ? "optimizer in parts" : "one file each")): cut, a bit flipped, grown, zeroed, a "
        + "file removed, swapped, of another step or run, its manifest too",
      observable: "refused by name, the older one taken", trials: trials, passed: trials - faults.count)
  }

  private func apply(
    _ damage: Damage, to own: [String: [UInt8]], _ foreign: [String: [UInt8]], _ later: [String: [UInt8]],
    _ random: inout TestRandom
  ) -> [String: [UInt8]] {
    let folder = "\(Self.run)/checkpoints/step-00000005/"
    let names = own.keys.filter { $0.hasPrefix(folder) }.sorted()
    let name = random.element(of: names)
    var damaged = own
    var bytes = own[name, default: []]
    switch damage {
    case .cut: bytes.removeSubrange(random.integer(in: 0..<bytes.count)...)
    case .flip: bytes[random.integer(in: 0..<bytes.count)] ^= 1 << UInt8(random.integer(in: 0..<8))
    case .grow: bytes += (0...random.integer(in: 0..<9)).map { UInt8($0) }
    case .zero:
      let start = random.integer(in: 0..<bytes.count)
      for index in start...random.integer(in: start..<bytes.count) { bytes[index] = 0 }
    case .remove: return damaged.filter { $0.key != name }
    case .swap: bytes = own[random.element(of: names), default: []]
    case .older: bytes = own[name.replacing("step-00000005", with: "step-00000004"), default: []]
    case .foreign: bytes = foreign[name, default: []]
    case .olderFolder, .foreignFolder:
      let source = damage == .olderFolder ? own : later
      let step = damage == .olderFolder ? 3 : 6
      for name in names { damaged[name] = source[name.replacing("step-00000005", with: "step-0000000\(step)")] }
      return damaged
    }
    damaged[name] = bytes
    return damaged
  }

  private func check(_ files: MemoryFiles) throws {
    let search = try CheckpointCatalog(runFolder: Self.run, files: files).newestValid()
    guard let checkpoint = search.checkpoint else { throw Broken("none is taken: \(search.refused)") }
    if checkpoint.step != 4 { throw Broken("taken is \(checkpoint.path)") }
    guard case .failure(let error)? = search.refused.first?.result, search.refused.count == 1 else {
      throw Broken("refused are \(search.refused)")
    }
    if !"\(error)".contains("step-00000005") { throw Broken("the refusal does not name the checkpoint: \(error)") }
    if try !SmallRun.holds(checkpoint, files: files) { throw Broken("what is taken is not what was written") }
  }
}
