import Foundation
import TestSupport
import Testing

extension JobSuite {
  @Suite(.enabled(if: SmallDisk.isPossible)) struct FullDiskTests {
    /// Room for one checkpoint of 90 MB: the next ones fail, training goes on, and after three in a row the run ends. With
    /// more room it goes on from the first, to the bits of a run that had room.
    @Test func trainingGoesOnUntilTooManyCheckpointsFail() throws {
      let folder = try JobFolder()
      let disk = try SmallDisk(megabytes: 130)
      let unbroken = try folder.train("unbroken", ranks: 2)
      try #require(unbroken.status == 0, "\(unbroken)")
      let full = try folder.train("full", ranks: 2, ["--set", "output=\(disk.path)"])
      #expect(full.status == 73, "\(full)")
      for step in [10, 15] { #expect(full.errors.contains("the checkpoint of step \(step) could not be written")) }
      #expect(full.errors.contains("No space left on device") && full.errors.contains("after 3 failures in a row"))
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(disk.path)/full/checkpoints")
      #expect(names.sorted() == ["latest", "step-00000005"])
      let verified = try folder.run(ranks: 1, ["checkpoint", "verify", "\(disk.path)/full"])
      #expect(verified.status == 0, "\(verified)")

      disk.resize(megabytes: 400)
      let resumed = try folder.train("full", ranks: 2, ["--set", "output=\(disk.path)", "--resume", "auto"])
      #expect(resumed.status == 0, "\(resumed)")
      for file in ["model", "optimizer"] {
        let path = "checkpoints/step-00000028/\(file).safetensors"
        #expect(
          try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(disk.path)/full/\(path)"))
            == Foundation.Data(contentsOf: URL(fileURLWithPath: folder.path("runs/unbroken/\(path)"))))
      }
    }
  }
}
