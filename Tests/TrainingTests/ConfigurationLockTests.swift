import JSON
import Testing
import Training

@Suite struct ConfigurationLockTests {
  @Test(arguments: [minimalText, unusualText]) func theLockReadsBackEqual(text: String) throws {
    let run = try configuration(text)
    let again = try configuration(run.lock)
    #expect(again == run)
    #expect(again.lock == run.lock)
    #expect(again.digest == run.digest)
    #expect(again.differences(from: run) == [])
  }

  @Test func theLockHoldsEveryField() throws {
    let lock = try JSONValue(parsing: configuration().lock)
    for field in RunConfiguration.sections.flatMap(\.fields) where field.path != "steps" {
      let value = field.path.split(separator: ".").reduce(Optional(lock)) { $0?[String($1)] }
      #expect(value != nil, "\(field.path)")
      if let defaultText = field.defaultText, defaultText != "not given" { #expect(value?.line == defaultText) }
    }
  }

  @Test func digestsIgnoreHowItIsWritten() throws {
    let other = """
      { "epochs": 3, "data": { "validation": "v", "flip": 5e-1, "train": "t" }, "loss": { "label_smoothing": 0 },
        "model": { "classes": 10, "name": "resnet18" } }
      """
    #expect(try configuration().digest == configuration(other).digest)
    #expect(try configuration() == configuration(other))
  }

  /// For each field: changing it alone changes the digest, and the difference names it.
  @Test(arguments: RunConfiguration.sections.flatMap(\.fields))
  func everyFieldIsCompared(field: ConfigurationField) throws {
    let usual = try configuration(
      minimalText, "schedule.milestones=[9]", "data.image_size=64",
      #"data.progressive={"until_epoch": [9, 11], "image_size": [16, 24]}"#,
      #"collectives.table={"algorithms": ["two_level", "ring"], "up_to_bytes": [1]}"#)
    let unusual = try JSONValue(parsing: unusualText)
    let value = field.path.split(separator: ".").reduce(Optional(unusual)) { $0?[String($1)] } ?? .integer(9)
    if field.expected.contains("only choice") { return }
    let set = "\(field.path)=\(value.line)"
    let changed = try configuration(
      usual.lock, field.path == "steps" ? "epochs=null" : "name=run", set)
    let differences = changed.differences(from: usual)
    #expect(differences.map(\.path) == (field.path == "steps" ? ["epochs", "steps"] : [field.path]))
    #expect(differences.last?.affectsWeights == (field.affects == .weights))
    #expect(changed.digest != usual.digest)
  }

  @Test func differencesSayBothSides() throws {
    let mine = try configuration(minimalText, "batch.global=64", "epochs=null", "steps=9")
    let theirs = try configuration(minimalText, "log.every_seconds=1")
    #expect(
      mine.differences(from: theirs).map(\.description) == [
        "epochs: not given here, 3 there", "steps: 9 here, not given there", "batch.global: 64 here, 256 there",
        "log.every_seconds: 10.0 here, 1.0 there",
      ])
  }
}
