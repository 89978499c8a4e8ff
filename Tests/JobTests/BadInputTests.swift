import Data
import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// Every kind of bad input ends with its documented status, soon, on every rank, with a message that helps, and with
  /// nothing half-written.
  @Suite(.serialized) struct BadInputTests {
    private func expect(
      _ status: Int32, _ words: [String], from outcome: ProcessOutcome,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
      #expect(outcome.seconds < 30, "\(outcome)", sourceLocation: sourceLocation)
      for word in words {
        #expect(outcome.errors.contains(word), "no '\(word)' in \(outcome)", sourceLocation: sourceLocation)
      }
    }

    private func expectNothingHalfWritten(_ folder: JobFolder, sourceLocation: SourceLocation = #_sourceLocation) {
      let left = folder.contents("runs").filter {
        $0.contains("partial") || $0.contains("step-") || $0.contains("result")
      }
      #expect(left.isEmpty, "\(left)", sourceLocation: sourceLocation)
    }

    private func damage(_ folder: JobFolder, _ change: (inout Foundation.Data) -> Void) throws -> String {
      let name = try #require(folder.contents("sample/train").first { $0.hasSuffix(".jpg") })
      let url = URL(fileURLWithPath: folder.path("sample/train/\(name)"))
      var bytes = try Foundation.Data(contentsOf: url)
      change(&bytes)
      try bytes.write(to: url)
      return name
    }

    @Test func configurationWithManyFaultsNamesThemAll() throws {
      let folder = try JobFolder()
      let text = JobFolder.configuration.replacing("\"seed\": 3", with: "\"sed\": 3, \"epochss\": 2")
        .replacing("\"global\": 8", with: "\"global\": \"eight\"")
      try folder.write(text, to: "bad.json")
      let outcome = try folder.run(ranks: 2, ["bad.json", "--set", "optimizer.momentun=0.8"])
      expect(64, ["sed", "seed", "epochss", "batch.global", "eight", "optimizer.momentun", "momentum"], from: outcome)
      expectNothingHalfWritten(folder)
    }

    @Test func configurationThatIsNotThereOrNotJSON() throws {
      let folder = try JobFolder()
      expect(64, ["nowhere.json"], from: try folder.run(ranks: 2, ["nowhere.json"]))
      try folder.write("{ \"name\": ", to: "cut.json")
      expect(64, ["cut.json", "line 1"], from: try folder.run(ranks: 2, ["cut.json"]))
    }

    @Test func dataFolderMissingOrEmpty() throws {
      let folder = try JobFolder()
      expect(65, ["sample/nothing"], from: try folder.train("a", ranks: 2, ["--set", "data.train=sample/nothing"]))
      try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
      expect(65, ["empty"], from: try folder.train("b", ranks: 2, ["--set", "data.validation=empty"]))
      expectNothingHalfWritten(folder)
    }

    @Test func outputThatCannotBeWritten() throws {
      let folder = try JobFolder()
      try folder.write("in the way", to: "runs")
      expect(73, ["runs"], from: try folder.train("a", ranks: 2))
    }

    @Test(.disabled(if: getuid() == 0, "root may write everywhere")) func outputWithoutPermission() throws {
      let folder = try JobFolder()
      try FileManager.default.createDirectory(atPath: folder.path("runs"), withIntermediateDirectories: true)
      chmod(folder.path("runs"), 0o500)
      expect(73, ["runs", "ermission"], from: try folder.train("a", ranks: 2))
    }

    @Test func truncatedImage() throws {
      let folder = try JobFolder()
      // So near to its start that there is no whole crop.
      let name = try damage(folder) { $0 = $0.prefix(700) }
      expect(65, [name, "rank"], from: try folder.train("a", ranks: 2))
      expectNothingHalfWritten(folder)
    }

    @Test func fileThatIsNoImage() throws {
      let folder = try JobFolder()
      let name = try damage(folder) { $0 = Foundation.Data("no image".utf8) }
      expect(65, [name], from: try folder.train("a", ranks: 2))
      expectNothingHalfWritten(folder)
    }

    /// A run that puts other images in the place of damaged ones lists those, and is the same run after a resume and with
    /// another number of loader threads; past the share that is allowed it ends.
    @Test func damagedImagesAreSubstituted() throws {
      let folder = try JobFolder()
      let name = try damage(folder) { $0 = $0.prefix($0.count / 2) }
      let substitute = ["--set", "data.on_error=substitute", "--set", "data.max_bad_fraction=0.02"]
      let steps = ["--set", "epochs=null", "--set", "steps=12"]
      let whole = try folder.train("whole", ranks: 2, substitute + steps)
      #expect(whole.status == 0, "\(whole)")
      #expect(whole.errors.contains(name) && whole.errors.contains("stands in for it"), "\(whole)")
      let lines = try String(contentsOfFile: folder.path("runs/whole/bad-samples.jsonl"), encoding: .utf8)
      #expect(lines.split(separator: "\n").count == 1 && lines.contains(name))
      #expect(try folder.metrics("whole", "epoch").map { $0["substituted"] } == [.integer(1)])

      let resumed = substitute + ["--set", "data.workers=3"]
      let first = try folder.train("parts", ranks: 2, resumed + ["--set", "epochs=null", "--set", "steps=5"])
      #expect(first.status == 0, "\(first)")
      let second = try folder.train(
        "parts", ranks: 2, resumed + steps + ["--resume", "auto", "--allow-change", "steps"])
      #expect(second.status == 0, "\(second)")
      #expect(try folder.tensors("parts", step: 10) == folder.tensors("whole", step: 10))
      #expect(try String(contentsOfFile: folder.path("runs/parts/bad-samples.jsonl"), encoding: .utf8) == lines)

      let most = try folder.train("most", ranks: 2, substitute.dropLast() + ["data.max_bad_fraction=0.01"] + steps)
      expect(65, ["1 of 50", "data.max_bad_fraction", "bad-samples.jsonl"], from: most)
    }

    @Test func damagedValidationImage() throws {
      let folder = try JobFolder()
      let name = try #require(folder.contents("sample/val").last { $0.hasSuffix(".jpg") })
      try folder.write("no image", to: "sample/val/\(name)")
      let outcome = try folder.train("a", ranks: 2, ["--set", "epochs=null", "--set", "steps=1"])
      expect(65, [name], from: outcome)
    }

    @Test func classThatOnlyValidationHas() throws {
      let folder = try JobFolder()
      try FileManager.default.createDirectory(
        atPath: folder.path("sample/val/zebra"), withIntermediateDirectories: true)
      expect(65, ["zebra"], from: try folder.train("a", ranks: 2))
    }

    @Test func wrongNumberOfClasses() throws {
      let folder = try JobFolder()
      expect(64, ["model.classes", "10", "7"], from: try folder.train("a", ranks: 2, ["--set", "model.classes=7"]))
    }

    @Test func batchLargerThanTheDataSet() throws {
      let folder = try JobFolder()
      expect(64, ["batch.global", "50", "51"], from: try folder.train("a", ranks: 2, ["--set", "batch.global=51"]))
      expectNothingHalfWritten(folder)
    }

    @Test func bf16ThatMustBeNativeOnAProcessorWithout() throws {
      let folder = try JobFolder()
      try folder.write(JobFolder.configuration, to: "job.json")
      let outcome = try folder.run(
        ranks: 2, ["job.json", "--set", "precision=bf16", "--set", "precision.require_native=true"],
        environment: ["ONEDNN_MAX_CPU_ISA": "AVX2"])
      expect(64, ["precision.require_native", "no instructions for bf16"], from: outcome)
      expectNothingHalfWritten(folder)
    }

    @Test func imagesTooSmallForTheNetwork() throws {
      let folder = try JobFolder()
      expect(64, ["image_size"], from: try folder.train("a", ranks: 2, ["--set", "data.image_size=1"]))
    }

    @Test func checkpointOfAnotherNetwork() throws {
      let folder = try JobFolder()
      let steps = ["--set", "epochs=null", "--set", "steps=2"]
      let first = try folder.train("a", ranks: 2, steps)
      try #require(first.status == 0, "\(first)")
      let path = folder.checkpoint("a", step: 2)
      let other = try folder.train("b", ranks: 2, steps + ["--set", "model.name=resnet34", "--resume", path])
      expect(64, ["model.name: \"resnet18\" there, \"resnet34\" here", "--allow-change"], from: other)
      let allowed = try folder.train(
        "b", ranks: 2, steps + ["--set", "model.name=resnet34", "--resume", path, "--allow-change", "model"])
      expect(66, ["resnet18", "resnet34"], from: allowed)
      let missing = try folder.train("b", ranks: 2, steps + ["--resume", "runs/a/checkpoints/step-00000099"])
      expect(66, ["step-00000099"], from: missing)
      let evaluated = try folder.run(
        ranks: 2, ["evaluate", "job.json", "--set", "model.name=resnet34", "--checkpoint", path])
      expect(66, ["another network"], from: evaluated)
    }

    @Test func onlyBrokenCheckpoints() throws {
      let folder = try JobFolder()
      let steps = ["--set", "epochs=null", "--set", "steps=2"]
      let first = try folder.train("a", ranks: 2, steps)
      try #require(first.status == 0, "\(first)")
      try folder.write("nothing", to: folder.checkpoint("a", step: 2) + "/model.safetensors")
      expect(
        66, ["model.safetensors", "none of the"], from: try folder.train("a", ranks: 2, steps + ["--resume", "auto"]))
    }

    @Test func ranksStartedWithDifferentConfigurations() throws {
      let folder = try JobFolder()
      try folder.write(JobFolder.configuration, to: "a.json")
      try folder.write(JobFolder.configuration.replacing("\"seed\": 3", with: "\"seed\": 4"), to: "b.json")
      let program = try MPIRun.product("dist-train").path
      let outcome = try folder.run(ranks: 2, ["a.json", ":", "-np", "1", program, "b.json"])
      expect(71, ["seed", "3", "4", "rank 2"], from: outcome)
      expectNothingHalfWritten(folder)
    }

    @Test func unknownOptions() throws {
      let folder = try JobFolder()
      expect(64, ["--resum"], from: try folder.run(ranks: 1, ["job.json", "--resum", "auto"]))
    }
  }
}
