import Testing
import Training

@Suite struct ConfigurationOverrideTests {
  @Test func valuesAreJSONOrElseStrings() throws {
    let run = try configuration(
      minimalText, "optimizer.momentum=0.8", "name=first", "data.train=a=b", "data.flip=0", "schedule.shape=\"cosine\"",
      "data.crop_area=[0.5, 1]", "name=last")
    #expect(run.optimizer.momentum == 0.8 && run.name == "last" && run.data.train == "a=b" && run.data.flip == 0)
    #expect(run.data.cropArea == 0.5...1)
  }

  @Test func objectsAreMadeAndReplaced() throws {
    #expect(
      try configuration(
        "{}", "model.name=resnet34", "model.classes=5", "data={\"train\":\"t\"}", "data.validation=v", "steps=1"
      ).model.classes == 5)
  }

  @Test func nullTakesAKeyOut() throws {
    let run = try configuration(
      unusualText, "steps=null", "epochs=2", "batch=null", "log.progress=null", "nothing=null")
    #expect(run.length == .epochs(2) && run.batch.global == 256 && run.log.progress == .auto)
  }

  @Test(arguments: [
    ["precision=bf16", "precision.require_native=true"], ["precision.require_native=true", "precision=bf16"],
    ["precision.require_native=true", "precision.type=bf16"], ["precision={\"type\":\"bf16\",\"require_native\":true}"],
    ["precision=f32", "precision.require_native=true", "precision=\"bf16\""],
  ])
  func aPlainValueStandsForOneFieldOfItsSection(overrides: [String]) throws {
    for text in [minimalText, minimalText.replacing("\"epochs\"", with: "\"precision\": \"f32\", \"epochs\"")] {
      let run = try RunConfiguration(text: text, source: "config.json", overrides: overrides)
      #expect(run.precision.type == .bf16 && run.precision.requireNative)
      #expect(try configuration(run.lock) == run)
    }
  }

  @Test func objectsReplaceASectionAndNullTakesItOut() throws {
    let replaced = try configuration(minimalText, "precision.require_native=true", "precision={\"type\":\"bf16\"}")
    #expect(replaced.precision.type == .bf16 && !replaced.precision.requireNative)
    let without = try configuration(minimalText, "precision=bf16", "precision=null")
    #expect(without.precision.type == .f32)
  }

  @Test(arguments: [
    ("momentum", "--set momentum: expected path=value, as in --set optimizer.momentum=0.8"),
    ("=1", "--set =1: expected path=value, as in --set optimizer.momentum=0.8"),
    ("a..b=1", "--set a..b=1: expected path=value, as in --set optimizer.momentum=0.8"),
    ("epochs.x=1", "epochs.x: --set cannot go into epochs, which is a whole number"),
    ("model.name.x=1", "model.name.x: --set cannot go into model.name, which is a string"),
    ("optimzer.momentum=1", "optimzer: unknown key; nearest known key: optimizer"),
  ])
  func badOverrides(override: String, message: String) {
    #expect(problems(minimalText, [override]) == [message])
  }

  @Test func problemsOfOverridesAndFieldsComeTogether() {
    #expect(problems(minimalText, ["a", "seed=x"]).count == 2)
  }
}
