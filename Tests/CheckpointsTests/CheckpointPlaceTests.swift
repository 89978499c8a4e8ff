import Checkpoints
import Foundation
import Testing

@Suite struct CheckpointPlaceTests {
  private let root: TemporaryFolder
  private var run: String { "\(root.path)/run" }

  init() throws {
    root = try TemporaryFolder()
    let writer = CheckpointWriter(runFolder: "\(root.path)/run", keep: 9)
    try SmallRun.write(step: 3, with: writer)
    for step in [7, 12] { try SmallRun.write(step: step, best: .init(score: 0.5, step: 7), with: writer) }
  }

  @Test func everyNameOfACheckpointIsUnderstood() throws {
    for (place, step) in [
      ("", 12), ("/", 12), ("/checkpoints", 12), ("/checkpoints/", 12), ("/checkpoints/latest", 12),
      ("/checkpoints/best", 7),
      ("/checkpoints/step-00000003", 3), ("/checkpoints/step-00000003/", 3),
    ] {
      #expect(try Checkpoint(named: run + place).step == step, "\(place)")
    }
  }

  /// A newest one that was cut short is passed over, as a resume does.
  @Test func aFolderStandsForTheNewestThatCanBeUsed() throws {
    try FileManager.default.removeItem(atPath: "\(run)/checkpoints/step-00000012/manifest.json")
    #expect(try Checkpoint(named: run).step == 7)
    // Who names it wants to hear what is wrong with it.
    #expect {
      try Checkpoint(named: "\(run)/checkpoints/step-00000012")
    } throws: { "\($0)".contains("manifest.json") }
  }

  @Test func otherPlacesAreAnsweredWithWhatIsExpected() throws {
    let (file, long) = ("\(root.path)/file", "\(root.path)/long")
    try "hello\n".write(toFile: file, atomically: true, encoding: .utf8)
    try String(repeating: "x", count: 5000).write(toFile: long, atomically: true, encoding: .utf8)
    for place in [root.path, file, long, "\(root.path)/nowhere"] {
      #expect {
        try Checkpoint(named: place)
      } throws: { "\($0)".hasPrefix(place) && "\($0)".contains("Expected a checkpoint's folder, as in runs/NAME") }
    }
  }
}
