import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// Runs that are interrupted and go on.
  @Suite(.serialized) struct ResumeTests {
    private static let steps = 28

    @Test func killedInTheMiddleOfAnEpochEndsWithTheSameBits() throws {
      let folder = try JobFolder()
      let averaging = ["--set", "averaging.decay=0.9", "--set", "averaging.every_steps=2"]
      let unbroken = try folder.train("unbroken", ranks: 3, averaging)
      try #require(unbroken.status == 0, "\(unbroken)")

      let killed = try folder.train("broken", ranks: 3, averaging) { mpirun in
        whenThere(folder.path(folder.checkpoint("broken", step: 10))) {
          for rank in children(of: mpirun).suffix(1) { kill(rank, SIGKILL) }
        }
      }
      try #require(killed.status != 0 && !killed.timedOut, "\(killed)")
      try #require(!FileManager.default.fileExists(atPath: folder.path("runs/broken/result.json")))

      let resumed = try folder.train("broken", ranks: 3, averaging + ["--resume", "auto"])
      try #require(resumed.status == 0, "\(resumed)")
      #expect(resumed.errors.contains("going on after step"))
      let expected = try folder.tensors("unbroken", step: Self.steps, averaged: true)
      #expect(try folder.tensors("broken", step: Self.steps, averaged: true) == expected)
      let losses = try ["broken", "unbroken"].map { try folder.metrics($0, "step").map { $0["loss"] } }
      #expect(losses[0] == losses[1])
      let epochs = try ["broken", "unbroken"].map { try folder.metrics($0, "epoch").map { $0["samples"] } }
      #expect(epochs[0] == epochs[1])
    }

    @Test func stopsOnRequestAndGoesOnToTheSameBits() throws {
      let folder = try JobFolder()
      let unbroken = try folder.train("unbroken", ranks: 2)
      try #require(unbroken.status == 0, "\(unbroken)")
      let stopped = try folder.train("stopped", ranks: 2) { mpirun in
        whenThere(folder.path(folder.checkpoint("stopped", step: 5))) { kill(mpirun, SIGUSR1) }
      }
      try #require(stopped.status == 75, "\(stopped)")
      let resumed = try folder.train("stopped", ranks: 2, ["--resume", "auto"])
      try #require(resumed.status == 0, "\(resumed)")
      #expect(try folder.tensors("stopped", step: Self.steps) == folder.tensors("unbroken", step: Self.steps))

      // A run that is complete says so and changes nothing.
      let before = try Foundation.Data(contentsOf: URL(fileURLWithPath: folder.path("runs/stopped/metrics.jsonl")))
      let again = try folder.train("stopped", ranks: 2, ["--resume", "auto"])
      #expect(again.status == 0 && again.errors.contains("complete"), "\(again)")
      #expect(
        try Foundation.Data(contentsOf: URL(fileURLWithPath: folder.path("runs/stopped/metrics.jsonl"))) == before)
      // And is not begun again by accident.
      let anew = try folder.train("stopped", ranks: 2)
      #expect(anew.status == 64 && anew.errors.contains("--resume auto"), "\(anew)")
    }

    /// Asked while it first reads its configuration, a pipe here that ends when the signal has been sent.
    @Test(arguments: [SIGUSR1, SIGTERM]) func aStopBeforeItListensIsHeard(signal: Int32) throws {
      let folder = try JobFolder()
      try folder.write(JobFolder.configuration, to: "file.json")
      let (pipe, file) = (folder.path("pipe.json"), folder.path("file.json"))
      try #require(mkfifo(pipe, 0o600) == 0)
      let arguments = ["pipe.json", "--set", "threads_per_rank=1"]
      let ended = try MPIRun.runAlone(executable: "dist-train", arguments: arguments, directory: folder.url) {
        process in
        Thread.detachNewThread {
          let writing = open(pipe, O_WRONLY)
          kill(process, signal)
          _ = JobFolder.configuration.withCString { write(writing, $0, strlen($0)) }
          // It is read once more, by then as a file.
          rename(file, pipe)
          close(writing)
        }
      }
      #expect(ended.status == 75, "\(ended)")
    }

    /// A limit of time stops a run at whatever step it is then, again and again, and nothing is lost.
    @Test func stopsByItselfAndGoesOnToTheSameBits() throws {
      let folder = try JobFolder()
      let unbroken = try folder.train("unbroken", ranks: 2)
      try #require(unbroken.status == 0, "\(unbroken)")
      var starts = 0
      repeat {
        starts += 1
        let seconds = starts < 4 ? 2.5 : 0
        let limit = ["--set", "limits={ \"wall_seconds\": \(seconds), \"margin_seconds\": 1.5 }"]
        let part = try folder.train("limited", ranks: 2, ["--resume", "auto"] + limit)
        try #require(part.status == 75 || part.status == 0, "\(part)")
        if part.status == 0 { break }
        #expect(part.errors.contains("stopped on request after step"))
        let verified = try folder.run(ranks: 1, ["checkpoint", "verify", "runs/limited"])
        #expect(verified.status == 0, "\(verified)")
      } while starts < 5
      #expect(starts > 1 && FileManager.default.fileExists(atPath: folder.path("runs/limited/result.json")))
      #expect(try folder.tensors("limited", step: Self.steps) == folder.tensors("unbroken", step: Self.steps))
      let losses = try ["limited", "unbroken"].map { try folder.metrics($0, "step").map { $0["loss"] } }
      #expect(losses[0] == losses[1])
    }

    /// Stopped twice in the middle of epochs and moved from 3 to 2 to 5 ranks, a run takes the samples and augmentations of an
    /// unbroken run of one rank: another one in a single step would move its loss by far more than the bound of
    /// `WorldSizeTests`.
    @Test func goesOnAtOtherWorldSizes() throws {
      let folder = try JobFolder()
      let unbroken = try folder.train("unbroken", ranks: 1)
      try #require(unbroken.status == 0, "\(unbroken)")
      let begun = try folder.train("moved", ranks: 3) { mpirun in
        whenThere(folder.path(folder.checkpoint("moved", step: 5))) { kill(mpirun, SIGUSR1) }
      }
      try #require(begun.status == 75, "\(begun)")
      let moved = try folder.train("moved", ranks: 2, ["--resume", "auto"]) { mpirun in
        whenThere(folder.path(folder.checkpoint("moved", step: 15))) { kill(mpirun, SIGUSR1) }
      }
      try #require(moved.status == 75, "\(moved)")
      let resumed = try folder.train("moved", ranks: 5, ["--resume", "auto"])
      try #require(resumed.status == 0, "\(resumed)")
      let losses = try ["moved", "unbroken"].map { try folder.metrics($0, "step").compactMap { $0["loss"]?.number } }
      #expect(losses[0].count == Self.steps)
      for (moved, expected) in zip(losses[0], losses[1]) { #expect(abs(moved - expected) <= 1e-5 * expected) }
      #expect(try folder.metrics("moved", "epoch").map { $0["samples"] } == Array(repeating: .integer(50), count: 4))
    }
  }
}
