import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// Runs whose checkpoints are out of reach: what was done is neither begun anew in silence nor lost.
  @Suite(.serialized) struct RunFolderTests {
    private let folder: JobFolder
    private let steps = ["--set", "epochs=null", "--set", "steps=6"]

    init() throws { folder = try JobFolder() }

    private func metrics() throws -> String {
      try String(contentsOfFile: folder.path("runs/a/metrics.jsonl"), encoding: .utf8)
    }

    private func begun() throws -> String {
      let begun = try folder.train("a", ranks: 1, steps)
      try #require(begun.status == 0, "\(begun)")
      return try metrics()
    }

    @Test(arguments: [[], ["--resume", "auto"], ["--resume", "never"]]) func checkpointsAreALinkToNothing(
      resume: [String]
    ) throws {
      let before = try begun()
      try FileManager.default.moveItem(atPath: folder.path("runs/a/checkpoints"), toPath: folder.path("elsewhere"))
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("runs/a/checkpoints"), withDestinationPath: "/nowhere/disk")
      let outcome = try folder.train("a", ranks: 2, steps + resume)
      #expect(outcome.status == 73, "\(outcome)")
      #expect(outcome.errors.contains("it is a link to /nowhere/disk, and nothing is there"), "\(outcome)")
      #expect(try metrics() == before)
    }

    @Test(arguments: [[], ["--resume", "auto"]]) func checkpointsAreGone(resume: [String]) throws {
      let before = try begun()
      try FileManager.default.moveItem(atPath: folder.path("runs/a/checkpoints"), toPath: folder.path("elsewhere"))
      let outcome = try folder.train("a", ranks: 2, steps + resume)
      #expect(outcome.status == 66, "\(outcome)")
      for word in ["step 6", "result.json", "--resume DIR", "--resume never"] {
        #expect(outcome.errors.contains(word), "\(outcome)")
      }
      #expect(try metrics() == before)
      // As the message says.
      let named = try folder.train("a", ranks: 1, steps + ["--resume", "elsewhere"])
      #expect(named.status == 0 && named.errors.contains("complete"), "\(named)")
    }

    @Test func neverBeginsAnewAndKeepsWhatWasThere() throws {
      let before = try begun()
      for number in 1...2 {
        let anew = try folder.train("a", ranks: 1, steps + ["--resume", "never"])
        #expect(anew.status == 0 && anew.errors.contains("an earlier run is set aside"), "\(anew)")
        #expect(
          try String(contentsOfFile: folder.path("runs/a/metrics.jsonl.abandoned-\(number)"), encoding: .utf8)
            .split(separator: "\n").count == before.split(separator: "\n").count)
        #expect(folder.contents("runs/a/checkpoints").contains("step-00000006.abandoned-\(number)"))
      }
      #expect(folder.contents("runs/a").contains("result.json.abandoned-2"))
      let evaluated = try folder.run(
        ranks: 1, ["evaluate", "job.json", "--checkpoint", "runs/a/checkpoints/step-00000006.abandoned-1"])
      #expect(evaluated.status == 0, "\(evaluated)")
    }

    /// Killed before its first checkpoint, a run has nothing to go on from, and says that it begins again.
    @Test func stepsWithoutACheckpointBeginAgain() throws {
      let killed = try folder.train(
        "a", ranks: 1, steps + ["--set", "checkpoint.every_steps=0", "--inject", "kill,0,4,update"])
      #expect(killed.status != 0, "\(killed)")
      let again = try folder.train("a", ranks: 1, steps + ["--set", "checkpoint.every_steps=0", "--resume", "auto"])
      #expect(again.status == 0, "\(again)")
      #expect(again.errors.contains("ended before its first checkpoint: the run begins at the beginning"), "\(again)")
    }

    /// What a person has at hand, for every command that takes a checkpoint.
    @Test func aCheckpointHasManyNames() throws {
      _ = try begun()
      let names = ["", "/", "/checkpoints", "/checkpoints/latest", "/checkpoints/best", "/checkpoints/step-00000006/"]
      for name in names.map({ "runs/a\($0)" }) {
        let evaluated = try folder.run(ranks: 2, ["evaluate", "job.json", "--checkpoint", name])
        #expect(evaluated.status == 0 && evaluated.output.contains("\"step\": 6"), "\(name): \(evaluated)")
        let shown = try folder.run(ranks: 1, ["checkpoint", "show", name])
        #expect(shown.status == 0 && shown.output.contains("step           6 "), "\(name): \(shown)")
        let verified = try folder.run(ranks: 1, ["checkpoint", "verify", name])
        #expect(verified.status == 0, "\(name): \(verified)")
        let resumed = try folder.train("b", ranks: 1, steps + ["--resume", name])
        #expect(resumed.status == 0 && resumed.errors.contains("going on after step 6"), "\(name): \(resumed)")
        try FileManager.default.removeItem(atPath: folder.path("runs/b"))
      }
      for name in ["job.json", "nowhere", "sample", "runs"] {
        let evaluated = try folder.run(ranks: 2, ["evaluate", "job.json", "--checkpoint", name])
        #expect(evaluated.status == 66, "\(name): \(evaluated)")
        #expect(evaluated.errors.contains("Expected a checkpoint's folder, as in"), "\(name): \(evaluated)")
      }
    }

    @Test(.enabled(if: getuid() == 0, "needs root to become another user")) func anothersCheckpoint() throws {
      _ = try begun()
      let script = """
        chmod -R a+rX . && chmod 700 runs/a/checkpoints && cp "$program" program && chmod 755 program && export HOME=$PWD
        exec setpriv --reuid=54321 --regid=54321 --clear-groups ./program checkpoint show runs/a/checkpoints/step-00000006
        """
      let outcome = try folder.shell(script)
      #expect(outcome.status == 66, "\(outcome)")
      #expect(
        outcome.errors.contains("runs/a/checkpoints is user root's (mode 700), and this process runs as user 54321"),
        "\(outcome)")
    }
  }
}
