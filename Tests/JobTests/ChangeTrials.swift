import Foundation
import JSON
import TestSupport
import Testing
import Training

extension JobSuite {
  /// Runs that are resumed with something changed: refused with the difference, or continued as promised.
  @Suite(.serialized) struct ChangeTrials {
    private static let steps = 4

    /// Begun by two ranks, with a checkpoint after every other step.
    private static let configuration = TrialBench.configuration
      .replacing("\"steps\": \(TrialBench.steps)", with: "\"steps\": \(steps)")

    /// Every field alone, to some other value that it may have. Of those that the weights depend on, both values are named; the
    /// others give the same bits. What stops a run early is a stop.
    @Test func everyField() throws {
      let bench = try Bench()
      let all = try bench.changes().shuffled()
      let changes = all.prefix(Trials.count(sample: 3, long: all.count))
      var (passed, continued) = (0, 0)
      for change in changes {
        let resumed = try bench.resume(["--set", "\(change.path)=\(change.value)"])
        let faults = change.affectsWeights ? bench.faultsOfRefusal(resumed, change) : try bench.faultsOfRun(resumed)
        if faults.isEmpty { passed += 1 }
        if !change.affectsWeights { continued += 1 }
        for fault in faults { Issue.record("\(change): \(fault)\n\(resumed)") }
      }
      try Trials.record(
        fault: "resumed with one field changed, each", observable: "refused with both values named, or the same bits",
        trials: changes.count, passed: passed,
        note: "\(changes.count - continued) refused, \(continued) continued; fields that only go together are left out")
    }

    @Test func otherImages() throws {
      let bench = try Bench()
      let specification = ["--train", "23", "--validation", "11", "--size", "48", "--seed", "5"]
      let made = try MPIRun.runAlone(
        executable: "dist-train", arguments: ["data", "make-sample", "other"] + specification,
        directory: bench.folder.url)
      try #require(made.status == 0, "\(made)")
      let resumed = try bench.resume(["--set", "data.train=other/train"])
      #expect(resumed.status == 64 && resumed.errors.contains("data: other images there"), "\(resumed)")
      try Trials.record(
        fault: "resumed with other images", observable: "refused", trials: 1, passed: resumed.status == 64 ? 1 : 0)
    }

    private struct Change: CustomStringConvertible {
      let path: String
      let value: String
      let affectsWeights: Bool

      var description: String { "\(path)=\(value)" }
    }

    /// A run that ended, and a checkpoint in its middle that others go on from.
    private final class Bench {
      let folder: JobFolder
      private var number = 0

      init() throws {
        folder = try JobFolder(images: false)
        try folder.drawImages(training: 22, validation: 11)
        try folder.write(ChangeTrials.configuration, to: "trial.json")
        let begun = try start("begun", ["--set", "checkpoint.keep=9"])
        try #require(begun.status == 0, "\(begun)")
      }

      func start(_ name: String, _ arguments: [String]) throws -> ProcessOutcome {
        // As many trainers in any case.
        let ranks = arguments.contains("coordinator=dedicated") ? "3" : "2"
        let all = ["trial.json", "--set", "name=\(name)", "--ranks-as-threads", ranks] + arguments
        return try MPIRun.runAlone(executable: "dist-train", arguments: all, directory: folder.url)
      }

      /// Another run, from the checkpoint of the first one.
      func resume(_ arguments: [String]) throws -> ProcessOutcome {
        number += 1
        if number > 1 { try? FileManager.default.removeItem(atPath: folder.path("runs/resumed-\(number - 1)")) }
        return try start("resumed-\(number)", ["--resume", folder.checkpoint("begun", step: 2)] + arguments)
      }

      /// A change of each field for which one of some values makes a valid configuration that differs in it alone.
      func changes() throws -> [Change] {
        let usual = try RunConfiguration(text: ChangeTrials.configuration, source: "trial.json")
        return RunConfiguration.sections.flatMap(\.fields).filter { !["name", "output"].contains($0.path) }
          .compactMap { field in
            values(of: field, usual).lazy.compactMap { value -> Change? in
              let changed = try? RunConfiguration(
                text: ChangeTrials.configuration, source: "trial.json", overrides: ["\(field.path)=\(value)"])
              guard let changed, changed.differences(from: usual).map(\.path) == [field.path] else { return nil }
              return Change(path: field.path, value: value, affectsWeights: field.affects == .weights)
            }.first
          }
      }

      /// Values to try, as JSON.
      private func values(of field: ConfigurationField, _ usual: RunConfiguration) -> [String] {
        if field.path == "data.train" || field.path == "data.validation" {
          return ["sample/../sample/" + (field.key == "train" ? "train" : "val")]
        }
        let choices = field.expected.matches(of: /"(\w+)"/).map { String($0.1) }
        let larger = field.defaultText.flatMap(Double.init).map { ["\(Int($0) + 1)", "\($0 + 0.5)"] } ?? []
        let arrays = ["[0.5, 0.75]", "[0.5, 0.25, 0.125]", "[0.1, 0.2, 0.3, 0.05]", "[1]", "[16]"]
        return choices + ["true", "false"] + larger + ["0.5", "0.25", "3", "12", "100"] + arrays + ["other"]
      }

      func faultsOfRefusal(_ resumed: ProcessOutcome, _ change: Change) -> [String] {
        let names = resumed.errors.firstMatch(of: /\n  (\S+): .* there, .* here/).map { String($0.1) }
        // What does not fit the images is refused before there is anything to compare.
        let isNamed = names == change.path || resumed.status == 65 || resumed.errors.contains(change.path)
        var faults: [String] = []
        if ![64, 65].contains(resumed.status) || !isNamed { faults.append("it was not refused by name") }
        if FileManager.default.fileExists(atPath: folder.path("runs/resumed-\(number)/metrics.jsonl")) {
          faults.append("it left metrics")
        }
        return faults
      }

      func faultsOfRun(_ resumed: ProcessOutcome) throws -> [String] {
        if resumed.status == 75 { return [] }
        guard resumed.status == 0 else { return ["it did not go on"] }
        let bits = try ["begun", "resumed-\(number)"].map { try folder.tensors($0, step: ChangeTrials.steps) }
        return bits[0] == bits[1] ? [] : ["other bits"]
      }
    }
  }
}
