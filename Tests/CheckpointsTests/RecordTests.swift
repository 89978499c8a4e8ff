import Checkpoints
import Foundation
import Tensors
import Testing

/// `state.json` and `manifest.json`, through the folder they lie in.
@Suite struct RecordTests {
  private let folder: TemporaryFolder
  private let checkpoint: Checkpoint

  init() throws {
    folder = try TemporaryFolder()
    let report = try SmallRun.write(
      step: 4, best: .init(score: 0.1 + 0.2, step: 3), with: CheckpointWriter(runFolder: folder.path, keep: 1))
    checkpoint = try Checkpoint(opening: report.path)
  }

  private let state = "checkpoints/step-00000004/state.json"

  @Test func theStateComesBackToTheLastBit() throws {
    #expect(try checkpoint.state() == SmallRun.state(step: 4, best: .init(score: 0.1 + 0.2, step: 3)))
  }

  @Test(
    arguments: [
      (#""step" : 4"#, #""step" : "4""#, "'step': expected a whole number, got another type"),
      (#""step" : 4"#, #""step" : null"#, "'step': expected a whole number, got null"),
      (#""step" : 4"#, #""step" : 4.5"#, "a number that has a fraction or is too large"),
      (#""step" : 4"#, #""steps" : 4"#, "no key 'step'"),
      (#""step" : 4"#, #""step" : 4, "extra" : 1"#, "unknown key 'extra'"),
      (#""step" : 4"#, #""step" : 4, "step" : 4"#, #"the key "step" is given twice"#),
      (#""step" : 4"#, #""step" : -4"#, "'step': expected at least 0, got -4"),
      (#""step" : 3"#, #""step" : 5"#, "'best.step': expected 0 to 4, got 5"),
      (#""step" : 3"#, #""step" : 3, "x": {}"#, "unknown key 'best.x'"),
      (#""world_size" : 3"#, #""world_size" : 0"#, "'world_size': expected at least 1, got 0"),
      (#""format_version" : 2"#, #""format_version" : 1"#, "format_version 1; this build reads 2"),
      (#""rate" : "#, #""rates" : "#, "no key 'schedule.rate'"),
      (#""format_version" : 2,"#, "", "no whole number 'format_version'"),
      (#"{"#, #"["#, "not valid JSON: line"),
    ])
  func aStateThatIsNotOneIsRefused(original: String, replacement: String, reason: String) throws {
    let text = try folder.text(state)
    #expect(text.contains(original), "\(text)")
    try folder.write(Array(text.replacing(original, with: replacement, maxReplacements: 1).utf8), to: state)
    let message = try refusal { _ = try checkpoint.state() }
    #expect(message.contains(reason) && message.contains("state.json"), "\(message)")
  }

  /// Someone who writes a seal of their own still cannot make the reader leave the folder or take endless memory.
  @Test(
    arguments: [
      (#""model.safetensors""#, #""../model.safetensors""#, "not a plain file name"),
      (#""optimizer.safetensors""#, #""model.safetensors""#, "names a file twice"),
      (#""state.json""#, #""other.json""#, "no state.json"),
      (#""chunk_bytes" : 4194304"#, #""chunk_bytes" : 4611686018427387904"#, "'chunk_bytes': expected 1 to"),
      (#""chunk_bytes" : 4194304"#, #""chunk_bytes" : 16"#, "chunks do not make"),
      (#""step" : 4"#, #""step" : 5"#, "manifest is of step 5"),
      (#""step" : 4"#, #""step" : -1"#, "'step': expected at least 0"),
      (#""step_in_epoch" : 4"#, #""step_in_epoch" : -1"#, "'step_in_epoch': expected at least 0"),
      (#""model.safetensors""#, #""extra.safetensors""#, "no model.safetensors"),
      (#""averaged.safetensors""#, #""extra.safetensors""#, "names extra.safetensors, which has no place in it"),
      (#""averaged.safetensors""#, #""optimizer-00001-of-00002.safetensors""#, "no optimizer-00002-of-00002"),
      (#""averaged.safetensors""#, #""optimizer-00001-of-00001.safetensors""#, "names optimizer.safetensors, which"),
      (#""optimizer.safetensors""#, #""optimizer-00001-of-99999.safetensors""#, "no optimizer-00002-of-99999"),
      (#""format_version" : 2"#, #""format_version" : 7"#, "format_version 7"),
      (#""configuration" : ""#, #""configuration" : "A"#, "expected 16 lowercase hexadecimal digits"),
    ])
  func aHostileManifestIsRefused(original: String, replacement: String, reason: String) throws {
    let name = "checkpoints/step-00000004/manifest.json"
    let text = try folder.text(name)
    #expect(text.contains(original), "\(text)")
    let sealStart = try #require(text.range(of: ",\n  \"seal\"")).lowerBound
    let body = text[..<sealStart].replacing(original, with: replacement)
    let seal = ",\n  \"seal\" : \"\(Digest(of: String(body)))\"\n}\n"
    try folder.write(Array("\(body)\(seal)".utf8), to: name)
    let message = try refusal { _ = try Checkpoint(opening: checkpoint.path) }
    #expect(message.contains(reason), "\(message)")
  }
}
