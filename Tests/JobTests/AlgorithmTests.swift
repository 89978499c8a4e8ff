import Foundation
import JSON
import TestSupport
import Testing

extension JobSuite {
  /// Which algorithm adds up the gradients of a run.
  @Suite(.serialized) struct AlgorithmTests {
    private static let short = ["--set", "epochs=null", "--set", "evaluation.every_epochs=0"]

    /// What `auto` measured stands in the lock, and a resumed run takes it from its checkpoint instead of measuring again.
    @Test func aResumedRunKeepsWhatWasChosen() throws {
      let folder = try JobFolder()
      let auto = Self.short + ["--set", "collectives.algorithm=auto"]
      let measured = try folder.train("measured", ranks: 2, auto + ["--set", "steps=2"])
      try #require(measured.status == 0, "\(measured)")
      let text = try String(contentsOfFile: folder.path("runs/measured/config.lock.json"), encoding: .utf8)
      let table = try #require(try JSONValue(parsing: text)["collectives"]?["table"])
      #expect(table["hosts"] == .string("1 host of 2 ranks"), "\(text)")
      #expect(measured.errors.contains("gradients are added up by "), "\(measured)")

      // A choice that measuring would not make.
      let other = ["--set", #"collectives.table={ "algorithms": ["halving_doubling"] }"#, "--set", "steps=2"]
      let first = try folder.train("chosen", ranks: 2, auto + other)
      try #require(first.status == 0, "\(first)")
      let second = try folder.train(
        "chosen", ranks: 2, auto + ["--set", "steps=4", "--resume", "auto", "--allow-change", "steps"])
      try #require(second.status == 0, "\(second)")
      #expect(second.errors.contains("gradients are added up by halving_doubling on 1 host of 2 ranks"), "\(second)")
    }

    /// Every algorithm trains to the same loss but for rounding, at a world size that is no power of two.
    @Test(arguments: ["ring", "recursive_doubling", "halving_doubling", "mpi"]) func everyAlgorithmTrains(name: String)
      throws
    {
      let folder = try JobFolder()
      let steps = Self.short + ["--set", "steps=7"]
      let expected = try folder.train("two-levels", ranks: 3, steps)
      try #require(expected.status == 0, "\(expected)")
      for wire in name == "mpi" ? ["f32"] : ["f32", "bf16"] {
        let run = "\(name)-\(wire)"
        let outcome = try folder.train(
          run, ranks: 3, steps + ["--set", "collectives.algorithm=\(name)", "--set", "collectives.wire=\(wire)"])
        try #require(outcome.status == 0, "\(outcome)")
        let losses = try [run, "two-levels"].map { try folder.metrics($0, "step").compactMap { $0["loss"]?.number } }
        #expect(losses[0].count == 7)
        let tolerance = wire == "f32" ? 1e-4 : 1e-2
        for (loss, other) in zip(losses[0], losses[1]) { #expect(abs(loss - other) <= tolerance * other, "\(run)") }
      }
    }

    @Test func mpiNeedsMPI() throws {
      let folder = try JobFolder()
      try folder.write(JobFolder.configuration, to: "job.json")
      let outcome = try MPIRun.runAlone(
        executable: "dist-train",
        arguments: ["job.json", "--ranks-as-threads", "2", "--set", "collectives.algorithm=mpi"], directory: folder.url)
      #expect(outcome.status == 64 && outcome.errors.contains("there is no MPI where ranks are threads"), "\(outcome)")
    }
  }
}
