import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// `kill -9` of a rank, then `--resume auto`.
  @Suite(.serialized) struct KillTrials {
    static let observable =
      "resumed run: same weights, optimizer state and reports, bit by bit; job gone in 5 s; nothing left"

    @Test(arguments: ["shared", "dedicated"], [UInt64.random(in: 0..<1_000_000)])
    func atRandomInstants(coordinator: String, seed: UInt64) throws {
      let bench = try TrialBench(coordinator: coordinator)
      var random = TestRandom(seed: seed)
      try bench.trials(
        upTo: Trials.count(sample: 1, long: coordinator == "shared" ? 300 : 100),
        fault: "`kill -9` of a rank of four at a random instant, coordinator \(coordinator)",
        observable: Self.observable
      ) {
        let victim = random.integer(in: 0..<TrialBench.ranks)
        let seconds = Double(random.integer(in: 0..<1000)) * bench.seconds / 1000
        let trial = try bench.disturb(after: seconds, isDue: { $1.count == TrialBench.ranks }) { _, ranks in
          kill(ranks[victim], SIGKILL)
        }
        let what = "child \(victim) of mpirun killed after \(seconds) s"
        return (trial, what, try Self.faults(of: trial, bench))
      }
    }

    /// What is wrong after a rank was killed.
    static func faults(of trial: TrialBench.Trial, _ bench: TrialBench) throws -> [String] {
      guard let gone = trial.gone else { return [] }
      var faults: [String] = []
      if trial.outcome.status == 0 && !bench.hasResult(trial) {
        faults.append("it ended with status 0 and without a result")
      }
      if gone > 5 { faults.append("it was gone only after \(gone) s") }
      return faults + (try bench.faultsAfterResuming(trial))
    }
  }
}
