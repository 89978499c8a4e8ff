import Foundation
import Synchronization
import TestSupport
import Testing

extension JobSuite {
  /// A job that is stopped as a whole (SIGSTOP, Ctrl-Z, a suspended allocation) for longer than its deadlines, and then goes on, has
  /// lost nobody.
  @Suite(.serialized) struct PauseTests {
    private static let seconds: UInt32 = 4
    private static let deadlines = [
      "collectives.timeout_seconds=2", "checkpoint.timeout_seconds=2", "data.timeout_seconds=2",
    ].flatMap { ["--set", $0] }

    /// - Parameters:
    ///   - microseconds: after the start.
    private func run(_ ranks: Int, pausedAfter microseconds: UInt32, _ more: [String]) throws -> ProcessOutcome {
      let folder = try JobFolder()
      let paused = Mutex(0)
      let outcome = try folder.train("a", ranks: ranks, Self.deadlines + more) { mpirun in
        Thread.detachNewThread {
          usleep(microseconds)
          let family = [mpirun] + descendants(of: mpirun)
          for process in family { kill(process, SIGSTOP) }
          sleep(Self.seconds)
          for process in family { kill(process, SIGCONT) }
          paused.withLock { $0 = family.count }
        }
      }
      #expect(paused.withLock { $0 } > 1, "the job was over before it was stopped: \(outcome)")
      return outcome
    }

    @Test(
      arguments: [
        (2, 300_000, []), (2, 1_500_000, []), (2, 1_500_000, ["collectives.algorithm=ring"]),
        (3, 1_500_000, ["coordinator=dedicated"]),
      ] as [(Int, UInt32, [String])])
    func goesOn(ranks: Int, microseconds: UInt32, settings: [String]) throws {
      let outcome = try run(
        ranks, pausedAfter: microseconds, settings.flatMap { ["--set", $0] } + ["--set", "epochs=8"])
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.seconds > Double(Self.seconds), "\(outcome)")
    }
  }
}
