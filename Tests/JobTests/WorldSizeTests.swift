import Foundation
import JSON
import Testing

extension JobSuite {
  /// One configuration at several world sizes.
  @Suite(.serialized) struct WorldSizeTests {
    private static let steps = 28
    /// How far the loss of a step may be from that of one rank, relative to it, over 28 steps in f32. Seen: 3e-7.
    private static let bound = 1e-5

    @Test func everyWorldSizeTrainsTheSameRun() throws {
      let folder = try JobFolder()
      var reference: [Double] = []
      for ranks in [1, 2, 3, 5, 8] {
        let name = "n\(ranks)"
        let outcome = try folder.train(name, ranks: ranks)
        try #require(outcome.status == 0, "\(ranks) ranks: \(outcome)")

        let epochs = try folder.metrics(name, "epoch")
        #expect(epochs.map { $0["samples"] } == Array(repeating: .integer(JobFolder.trainingImages), count: 4))
        let losses = try folder.metrics(name, "step").compactMap { $0["loss"]?.number }
        try #require(losses.count == Self.steps)
        if ranks == 1 { reference = losses }
        for (step, (loss, expected)) in zip(losses, reference).enumerated() {
          #expect(
            abs(loss - expected) <= Self.bound * expected, "\(ranks) ranks, step \(step + 1): \(loss), not \(expected)")
        }
      }
      #expect(abs(reference[0] - reference[Self.steps - 1]) > 1e-3, "the run does not train")
      try evaluateEverywhere(folder)
    }

    /// One checkpoint gives the same integers, and the same loss, at every world size; without the training images.
    private func evaluateEverywhere(_ folder: JobFolder) throws {
      try FileManager.default.moveItem(atPath: folder.path("sample/train"), toPath: folder.path("elsewhere"))
      let report = try evaluateEverywhere(folder, [])
      #expect(report[2] == .integer(JobFolder.validationImages))
      let result = try JSONValue(
        parsing: String(contentsOfFile: folder.path("runs/n2/result.json"), encoding: .utf8))
      #expect(result["top1_correct"] == report[0])
      #expect(result["validation_loss"] == report[3])
      #expect(try evaluateEverywhere(folder, ["--set", "evaluation.crops=10"])[3] != report[3])
    }

    private func evaluateEverywhere(_ folder: JobFolder, _ more: [String]) throws -> [JSONValue?] {
      var reports: [[JSONValue?]] = []
      for ranks in [1, 2, 3, 5, 8] {
        let outcome = try folder.run(
          ranks: ranks, ["evaluate", "job.json", "--checkpoint", folder.checkpoint("n2", step: Self.steps)] + more)
        try #require(outcome.status == 0, "\(outcome)")
        let report = try JSONValue(parsing: String(try #require(outcome.output.split(separator: "\n").last)))
        reports.append(["top1_correct", "top5_correct", "total", "validation_loss"].map { report[$0] })
      }
      #expect(Set(reports.map { "\($0)" }).count == 1, "\(reports)")
      return reports[0]
    }

    @Test func sameWorldSizeGivesTheSameBitsAlsoWithThreadsAsRanks() throws {
      let folder = try JobFolder()
      let more = ["--set", "epochs=null", "--set", "steps=9"]
      for name in ["first", "second"] {
        let outcome = try folder.train(name, ranks: 4, more)
        try #require(outcome.status == 0, "\(outcome)")
      }
      let threads = try folder.train("threads", ranks: 1, more + ["--ranks-as-threads", "4"])
      try #require(threads.status == 0, "\(threads)")
      let expected = try folder.tensors("first", step: 9)
      #expect(try folder.tensors("second", step: 9) == expected)
      #expect(try folder.tensors("threads", step: 9) == expected)
    }
  }
}
