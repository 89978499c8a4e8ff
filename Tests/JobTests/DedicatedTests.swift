import Foundation
import Glibc
import JSON
import TestSupport
import Testing

extension JobSuite {
  /// A coordinator with a rank of its own, in whole jobs.
  @Suite(.serialized) struct DedicatedTests {
    private static let steps = 28
    private static let dedicated = ["--set", "coordinator=dedicated"]

    private func expectSameRun(_ folder: JobFolder, _ one: String, _ other: String) throws {
      #expect(try folder.tensors(one, step: Self.steps) == folder.tensors(other, step: Self.steps))
      let losses = try [one, other].map { try folder.metrics($0, "step").map { $0["loss"] } }
      #expect(losses[0] == losses[1] && losses[0].count == Self.steps)
      let counts = try [one, other].map { name in
        try folder.metrics(name, "evaluation").map { line in
          ["step", "top1_correct", "top5_correct", "total", "validation_loss"].map { line[$0] }
        }
      }
      #expect(counts[0] == counts[1] && counts[0].count == 2)
    }

    @Test func givesTheNumbersOfASharedOne() throws {
      let folder = try JobFolder()
      let shared = try folder.train("shared", ranks: 2)
      try #require(shared.status == 0, "\(shared)")
      let dedicated = try folder.train("dedicated", ranks: 3, Self.dedicated)
      try #require(dedicated.status == 0, "\(dedicated)")
      #expect(dedicated.errors.contains("on 2 ranks and a coordinator"), "\(dedicated)")
      try expectSameRun(folder, "shared", "dedicated")

      let alone = try folder.train("alone", ranks: 1, Self.dedicated)
      #expect(alone.status == 64 && alone.errors.contains("at least 2 ranks"), "\(alone)")
    }

    /// The coordinator, the first trainer and the last one.
    @Test func killedGoesOnToTheSameBits() throws {
      let folder = try JobFolder()
      let unbroken = try folder.train("unbroken", ranks: 2)
      try #require(unbroken.status == 0, "\(unbroken)")
      for victim in 0..<3 {
        let name = "broken-\(victim)"
        let killed = try folder.train(name, ranks: 3, Self.dedicated) { mpirun in
          whenThere(folder.path(folder.checkpoint(name, step: 10))) { kill(children(of: mpirun)[victim], SIGKILL) }
        }
        try #require(killed.status != 0 && !killed.timedOut, "\(killed)")
        try #require(!FileManager.default.fileExists(atPath: folder.path("runs/\(name)/result.json")))
        let resumed = try folder.train(name, ranks: 3, Self.dedicated + ["--resume", "auto"])
        try #require(resumed.status == 0, "\(resumed)")
        #expect(resumed.errors.contains("going on after step"))
        try expectSameRun(folder, "unbroken", name)
      }
    }

    /// Asked by a signal to all ranks, to the coordinator alone, and to the last trainer alone.
    @Test func stopsOnRequestAndGoesOnToTheSameBits() throws {
      let folder = try JobFolder()
      let unbroken = try folder.train("unbroken", ranks: 2)
      try #require(unbroken.status == 0, "\(unbroken)")
      for asked in [nil, 0, 2] as [Int?] {
        let name = "stopped-\(asked ?? 9)"
        let stopped = try folder.train(name, ranks: 3, Self.dedicated) { mpirun in
          whenThere(folder.path(folder.checkpoint(name, step: 5))) {
            if let asked { kill(children(of: mpirun)[asked], SIGTERM) } else { kill(mpirun, SIGUSR1) }
          }
        }
        try #require(stopped.status == 75, "\(stopped)")
        #expect(stopped.errors.contains("stopped on request after step"), "\(stopped)")
        let resumed = try folder.train(name, ranks: 3, Self.dedicated + ["--resume", "auto"])
        try #require(resumed.status == 0, "\(resumed)")
        try expectSameRun(folder, "unbroken", name)
      }
    }
  }
}
