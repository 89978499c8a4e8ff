import Foundation
import JSON
import TestSupport
import Testing

extension JobSuite {
  /// The commands besides training.
  @Suite(.serialized) struct CommandTests {
    @Test func planNeedsNeitherMPINorData() throws {
      let folder = try JobFolder()
      let text = JobFolder.configuration.replacing("sample/", with: "elsewhere/")
      try folder.write(text, to: "plan.json")
      let outcome = try MPIRun.runAlone(
        executable: "dist-train", arguments: ["plan", "plan.json", "--ranks", "3", "--training-images", "1000"],
        directory: folder.url)
      #expect(outcome.status == 0, "\(outcome)")
      for word in ["layer4.1.conv2", "512x2x2", "MB", "bucket", "ranks", "learning rate", "1,000 training"] {
        #expect(outcome.output.contains(word), "no '\(word)' in \(outcome)")
      }
    }

    @Test(arguments: [
      [], ["train"], ["plan"], ["evaluate"], ["checkpoint"], ["checkpoint", "list"], ["checkpoint", "show"],
      ["checkpoint", "verify"], ["data"], ["data", "make-sample"], ["data", "pack"],
      ["data", "index"], ["data", "verify"], ["data", "show"], ["bench"], ["bench-collectives"], ["bench-data"],
    ])
    func everyCommandHasHelp(command: [String]) throws {
      let outcome = try MPIRun.runAlone(executable: "dist-train", arguments: command + ["--help"])
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("USAGE"))
    }

    @Test func benchmarksEndWithOneLineOfJSON() throws {
      let folder = try JobFolder()
      try folder.write(JobFolder.configuration, to: "job.json")
      let recording = ["--profile", "--trace", "trace.json", "--recorded-steps", "1"]
      let bench = try lastLine(
        folder.run(
          ranks: 2, ["bench", "job.json", "--set", "averaging.decay=0.5", "--steps", "2", "--warmup", "1"] + recording))
      #expect((bench["images_per_second"]?.number ?? 0) > 0)
      #expect((bench["step_seconds"]?["p50"]?.number ?? 0) > 0)
      #expect((bench["step_seconds"]?["p90"]?.number ?? 0) > 0)
      #expect((bench["peak_bytes"]?.number ?? 0) > 1e7)
      #expect(bench["ranks"] == .integer(2))
      #expect(bench["precision"] == .string("f32"))
      #expect(bench["threads"] != nil)
      #expect((bench["convolution_share"]?.number ?? 0) > 0.1)
      let (peak, predicted) = (bench["peak_bytes"]?.number ?? 0, bench["predicted_peak_bytes"]?.number ?? 0)
      #expect(abs(predicted - peak) < 0.1 * peak, "predicted \(predicted), not \(peak)")
      let trace = try JSONValue(parsing: String(contentsOfFile: folder.path("trace.json"), encoding: .utf8))
      guard case .array(let events)? = trace["traceEvents"] else {
        Issue.record("no events in \(trace)")
        return
      }
      #expect(Set(events.map { "\($0["pid"] ?? .null)" }).count == 2)

      let collectives = try lastLine(
        folder.run(
          ranks: 2,
          [
            "bench-collectives", "--bytes", "4096..65536,100", "--repetitions", "2", "--rotation-bytes", "1000000",
            "--json",
          ]
        ))
      guard case .array(let results)? = collectives["results"] else {
        Issue.record("no results in \(collectives)")
        return
      }
      // Of each size: all but memcpy in place, and everything to a target.
      let sizes = [4096, 16384, 65536, 100]
      let algorithms = Set(results.map { "\($0["algorithm"] ?? .null)" })
      #expect(algorithms.isSuperset(of: ["ring", "mpi", "memcpy"].map { "\(JSONValue.string($0))" }))
      #expect(results.count == sizes.count * (2 * algorithms.count - 1))
      #expect(results.count { $0["in_place"] == .boolean(true) } == sizes.count * (algorithms.count - 1))
      #expect(results.allSatisfy { ($0["busbw"]?.number ?? 0) > 0 && ($0["seconds_p50"]?.number ?? 0) > 0 })

      let data = try lastLine(folder.run(ranks: 1, ["bench-data", "job.json"]))
      #expect(data["images"] == .integer(JobFolder.trainingImages))
      #expect((data["images_per_second"]?.number ?? 0) > 0)
      #expect(folder.contents("runs").isEmpty)
    }

    @Test func threadsSleepWhereRanksShareCores() throws {
      let folder = try JobFolder()
      let threads = max(2, ProcessInfo.processInfo.activeProcessorCount)
      let outcome = try folder.train(
        "shared", ranks: 2,
        ["--set", "epochs=null", "--set", "steps=6", "--set", "threads_per_rank=\(threads)"])
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.errors.contains("threads sleep while they wait (OMP_WAIT_POLICY=passive)"), "\(outcome)")
    }

    @Test func checkpointsCanBeListedShownAndVerified() throws {
      let folder = try JobFolder()
      let trained = try folder.train("a", ranks: 2, ["--set", "epochs=null", "--set", "steps=6"])
      try #require(trained.status == 0, "\(trained)")
      let list = try command(folder, ["checkpoint", "list", "runs/a"])
      #expect(list.status == 0 && list.output.contains("step-00000006") && list.output.contains("step-00000005"))
      let lines = try JSONValue(parsing: command(folder, ["checkpoint", "list", "runs/a", "--json"]).output)
      var entries: [JSONValue] = []
      if case .array(let elements) = lines { entries = elements }
      #expect(entries.map { $0["step"] } == [.integer(6), .integer(5)], "\(lines)")
      #expect(entries.map { $0["is_latest"] } == [.boolean(true), .boolean(false)])
      let show = try command(folder, ["checkpoint", "show", folder.checkpoint("a", step: 6)])
      #expect(show.status == 0 && show.output.contains("layer1.0.conv1.weight") && show.output.contains("resnet18"))
      let shown = try JSONValue(
        parsing: command(folder, ["checkpoint", "show", folder.checkpoint("a", step: 6), "--json"]).output)
      #expect(shown["state"]?["step"] == .integer(6) && shown["has_averaged_weights"] == .boolean(false))
      #expect(try command(folder, ["checkpoint", "verify", "runs/a"]).status == 0)
      let model = URL(fileURLWithPath: folder.path(folder.checkpoint("a", step: 6) + "/model.safetensors"))
      var bytes = try Foundation.Data(contentsOf: model)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: model)
      let verify = try command(folder, ["checkpoint", "verify", "runs/a"])
      #expect(verify.status == 66 && verify.output.contains("broken"), "\(verify)")
    }

    private func command(_ folder: JobFolder, _ arguments: [String]) throws -> ProcessOutcome {
      try MPIRun.runAlone(executable: "dist-train", arguments: arguments, directory: folder.url)
    }

    private func lastLine(_ outcome: ProcessOutcome) throws -> JSONValue {
      try #require(outcome.status == 0, "\(outcome)")
      return try JSONValue(parsing: String(try #require(outcome.output.split(separator: "\n").last)))
    }
  }
}
