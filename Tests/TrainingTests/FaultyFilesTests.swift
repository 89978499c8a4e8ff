import Checkpoints
import Foundation
import Logging
import Tensors
import Testing
import Training

/// Checkpoints over files that fail where they were told to.
@Suite struct FaultyFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ step: Int, _ files: FaultyFiles) throws {
    let state = StateRecord(
      network: "n", parameterCount: 3, step: step, epoch: 0, stepInEpoch: step, samplesSeen: 0, seed: 1, worldSize: 1)
    let numbers: [Float] = [1, 2, Float(step)]
    try numbers.withUnsafeBytes { bytes in
      let tensor = TensorView(name: "w", type: .f32, shape: [3], bytes: bytes)
      _ = try CheckpointWriter(runFolder: folder.path, keep: 9, files: files).write(
        CheckpointContents(state: state, configuration: Digest(value: 1), model: [tensor], optimizer: [tensor]))
    }
  }

  /// What the checkpoints of three steps came to.
  private func outcomes(_ texts: String...) throws -> [String] {
    let files = try FaultInjector(
      try texts.map { try FaultInjection($0) }, plan: tinyPlan(["output=\(folder.path)"]), rank: 0, resume: .never,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ).files
    return (1...3).map { step in
      do {
        try write(step, files)
        return "written"
      } catch CheckpointError.system(let call, _, let errno) {
        return "\(call.rawValue) \(errno)"
      } catch {
        return "\(error)"
      }
    }
  }

  @Test func operationsFailInTheirCheckpointAlone() throws {
    #expect(try outcomes() == ["written", "written", "written"])
    #expect(try outcomes("fail-write,0,2,save") == ["written", "mkdir Input/output error", "written"])
    #expect(try outcomes("fail-write,0,2,save,2") == ["written", "open Input/output error", "written"])
    #expect(try outcomes("fail-fsync,0,3,save,2") == ["written", "written", "fsync Input/output error"])
    let full = try outcomes("disk-full,0,1,save,3")
    #expect(full[0].hasSuffix("No space left on device") && full[1...] == ["written", "written"], "\(full)")
    #expect(try outcomes("short-write,0,2,save,1") == ["written", "written", "written"])
  }

  /// Every operation of a checkpoint fails once; the checkpoint before it is there, whole, and the next one is written.
  @Test func everyOperationCanFail() throws {
    var failures = 0
    for number in 1...99 {
      try FileManager.default.removeItem(atPath: folder.path)
      try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
      let outcome = try outcomes("fail-write,0,2,save,\(number)")
      #expect(outcome[0] == "written" && outcome[2] == "written", "\(number): \(outcome)")
      for step in [1, 3] {
        try Checkpoint(opening: "\(folder.path)/checkpoints/step-0000000\(step)").verify()
      }
      if outcome[1] == "written" { break }
      failures += 1
    }
    #expect((10..<40).contains(failures), "\(failures) operations could fail")
  }
}
