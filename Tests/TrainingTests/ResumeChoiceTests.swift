import Checkpoints
import Foundation
import Logging
import Synchronization
import Tensors
import Testing
import Training

@Suite struct ResumeChoiceTests {
  private final class Lines: Sendable {
    let text = Mutex("")
  }

  private let root: TemporaryFolder
  private let lines = Lines()

  init() throws { root = try TemporaryFolder() }

  private func folder(_ name: String = "run") -> OutputFolder { OutputFolder(output: root.path, name: name) }

  private func choice(_ name: String = "run") -> ResumeChoice {
    let lines = lines
    let console = Console { text in lines.text.withLock { $0 += text } }
    return ResumeChoice(folder(name), Logger(rank: 0, console: console))
  }

  private var warnings: String { lines.text.withLock { $0 } }

  /// Checkpoints of these steps; returns their paths.
  @discardableResult
  private func write(_ steps: Int..., to name: String = "run") throws -> [String] {
    try steps.map { step in
      let arena = Arena(ArenaLayout([("weight", .f32, [3])]))
      let state = StateRecord(
        network: "tiny", parameterCount: 3, step: step, epoch: 0, stepInEpoch: step, samplesSeen: step, seed: 1,
        worldSize: 1)
      return try CheckpointWriter(runFolder: folder(name).path, keep: 9).write(
        CheckpointContents(
          state: state, configuration: Digest(value: 1), model: TensorView.parts(of: arena),
          optimizer: TensorView.parts(of: arena))
      ).path
    }
  }

  /// Alters a byte without changing the size.
  private func damage(_ checkpoint: String) throws {
    let path = "\(checkpoint)/model.safetensors"
    var bytes = try Foundation.Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  private func refusal(_ body: () throws -> Void) -> (status: Training.ExitStatus, text: String)? {
    do {
      try body()
      return nil
    } catch {
      return (Training.ExitStatus(for: error), "\(error)")
    }
  }

  @Test func withoutCheckpointsARunBegins() throws {
    #expect(try choice().checkpoint(for: .unlessBegun) == nil)
    #expect(try choice().checkpoint(for: .auto) == nil)
  }

  @Test func neverRefusesAFolderWithCheckpoints() throws {
    try write(3, 7)
    let refusal = refusal { _ = try choice().checkpoint(for: .unlessBegun) }
    #expect(refusal?.status == .usage)
    #expect(refusal?.text.contains("up to step 7") == true && refusal?.text.contains("--resume auto") == true)
  }

  private func report(_ lines: String...) throws {
    try FileManager.default.createDirectory(atPath: folder().path, withIntermediateDirectories: true)
    try lines.map { $0 + "\n" }.joined().write(toFile: folder().metrics, atomically: true, encoding: .utf8)
  }

  private static let step = #"{"kind": "step", "step": 9, "loss": 1.5}"#
  private static let saved = #"{"kind": "checkpoint", "step": 7, "path": "runs/x/checkpoints/step-00000007"}"#

  @Test func checkpointsThatAreReportedAndGoneAreMissed() throws {
    try report(Self.saved, Self.step, "torn")
    for resume in [JobRequest.Resume.auto, .unlessBegun] {
      let refusal = refusal { _ = try choice().checkpoint(for: resume) }
      #expect(refusal?.status == .noCheckpoint && refusal?.text.contains("tell of one of step 7") == true)
    }
    #expect(try choice().checkpoint(for: .never) == nil)
    // The sum of a run that is done is not to be begun anew either.
    try report(Self.step)
    try "{}".write(toFile: folder().result, atomically: true, encoding: .utf8)
    #expect(refusal { _ = try choice().checkpoint(for: .auto) }?.text.contains("there is a result.json") == true)
  }

  @Test func stepsWithoutACheckpointAreNoRun() throws {
    try report(Self.step)
    #expect(try choice().checkpoint(for: .auto) == nil)
    #expect(warnings.contains("came to step 9 and was ended before its first checkpoint"))
    // What is found is what is there.
    try write(3)
    #expect(try choice().checkpoint(for: .auto)?.step == 3)
  }

  @Test func neverBeginsAnew() throws {
    try write(3, 7)
    #expect(try choice().checkpoint(for: .never) == nil)
  }

  @Test func aLinkToNothingIsNoFolder() throws {
    try FileManager.default.createDirectory(atPath: folder().path, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder().checkpoints, withDestinationPath: "\(root.path)/gone")
    for resume in [JobRequest.Resume.auto, .never, .unlessBegun] {
      let refusal = refusal { _ = try choice().checkpoint(for: resume) }
      #expect(refusal?.status == .output && refusal?.text.contains("it is a link to \(root.path)/gone") == true)
    }
  }

  @Test func autoTakesTheNewest() throws {
    try write(3, 7)
    #expect(try choice().checkpoint(for: .auto)?.step == 7)
    #expect(warnings.isEmpty)
  }

  @Test func autoFallsBackAndSaysSo() throws {
    let paths = try write(3, 7)
    try damage(paths[1])
    #expect(try choice().checkpoint(for: .auto)?.step == 3)
    #expect(warnings.contains("\(paths[1]) cannot be used") && warnings.contains("falling back"))
  }

  @Test func autoDoesNotBeginAgainWhereAllAreBroken() throws {
    for path in try write(3, 7) { try damage(path) }
    let refusal = refusal { _ = try choice().checkpoint(for: .auto) }
    #expect(refusal?.status == .noCheckpoint && refusal?.text.contains("none of the 2 checkpoints") == true)
  }

  @Test func aCheckpointIsKnownByAnyOfItsPaths() throws {
    let paths = try write(3, 7)
    let link = "\(root.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: paths[0])
    // Of the folders, the newest.
    for place in [folder().path, folder().checkpoints, folder().checkpoints + "/latest"] {
      #expect(try choice().checkpoint(for: .from(place))?.step == 7, "\(place)")
    }
    for path in [paths[0], paths[0] + "/", "\(folder().path)/../run/checkpoints/step-00000003", link] {
      #expect(try choice().checkpoint(for: .from(path))?.step == 3, "\(path)")
    }
  }

  @Test func laterCheckpointsAreSetAsideOnlyWhenTheRunGoesOn() throws {
    let paths = try write(3, 7)
    _ = try choice().checkpoint(for: .from(paths[0]))
    #expect(FileManager.default.fileExists(atPath: paths[1]), "choosing changes nothing")
    try choice().setAsideCheckpoints(laterThan: 3)
    #expect(!FileManager.default.fileExists(atPath: paths[1]) && warnings.contains("set aside"))
    #expect(try choice().checkpoint(for: .auto)?.step == 3)
  }

  @Test func aCheckpointOfAnotherRunStartsOnlyANewOne() throws {
    let paths = try write(3)
    #expect(try choice("other").checkpoint(for: .from(paths[0]))?.step == 3)
    try write(5, to: "other")
    #expect(refusal { _ = try choice("other").checkpoint(for: .from(paths[0])) }?.status == .usage)
  }

  @Test func aBrokenOrMissingCheckpointIsRefused() throws {
    let paths = try write(3)
    try damage(paths[0])
    #expect(refusal { _ = try choice().checkpoint(for: .from(paths[0])) }?.status == .noCheckpoint)
    let missing = refusal { _ = try choice().checkpoint(for: .from("\(root.path)/nowhere")) }
    #expect(missing?.status == .noCheckpoint && missing?.text.contains("nowhere") == true)
  }
}
