import Foundation
import JSON
import TestSupport
import Testing

extension JobSuite {
  /// `dist-train evaluate` as a person uses it.
  @Suite(.serialized) struct EvaluateTests {
    @Test func tellsBothWeightsAndEveryClass() throws {
      let folder = try JobFolder()
      let short = ["--set", "epochs=null", "--set", "steps=9"]
      let trained = try folder.train("averaged", ranks: 2, short + ["--set", "averaging.decay=0.5"])
      try #require(trained.status == 0, "\(trained)")
      #expect(trained.errors.contains("averaged weights: top-1"), "\(trained)")
      let plain = try folder.train("plain", ranks: 2, short)
      try #require(plain.status == 0, "\(plain)")

      func evaluate(_ name: String, _ more: [String]) throws -> ProcessOutcome {
        try folder.run(ranks: 3, ["evaluate", "job.json", "--checkpoint", folder.checkpoint(name, step: 9)] + more)
      }
      let outcome = try evaluate("averaged", ["--report", "classes.json", "--progress", "none"])
      try #require(outcome.status == 0, "\(outcome)")
      let report = try JSONValue(parsing: String(try #require(outcome.output.split(separator: "\n").last)))
      #expect(report["weights"] == .string("both") && report["averaged"] != nil)
      let result = try JSONValue(
        parsing: String(contentsOfFile: folder.path("runs/averaged/result.json"), encoding: .utf8))
      for member in ["top1_correct", "top5_correct", "total", "validation_loss", "averaged"] {
        #expect(report[member] == result[member] && report[member] != nil, "\(member)")
      }
      let (own, run) = try (
        String(contentsOfFile: folder.path("classes.json"), encoding: .utf8),
        String(contentsOfFile: folder.path("runs/averaged/evaluation.json"), encoding: .utf8)
      )
      #expect(own == run && own.contains("\"averaged\""))

      let refused = try evaluate("plain", ["--weights", "averaged"])
      #expect(refused.status == 66 && refused.errors.contains("has no averaged weights"), "\(refused)")
      let unwritable = try evaluate("plain", ["--report", "nowhere/classes.json"])
      #expect(unwritable.status == 73 && unwritable.errors.contains("nowhere/classes.json"), "\(unwritable)")
      let missing = try evaluate("missing", [])
      #expect(missing.status == 66, "\(missing)")
    }
  }
}
