import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// Signals to a job at random instants of it, then `--resume auto`.
  @Suite(.serialized) struct SignalTrials {
    private struct Kind {
      let name: String
      let trials: Int
      /// Whether it asks for a checkpoint and an orderly end.
      let stops: Bool
      let send: @Sendable (_ mpirun: pid_t, _ rank: pid_t) -> Void
    }

    private static let kinds = [
      Kind(name: "SIGUSR1 to mpirun", trials: 300, stops: true) { mpirun, _ in kill(mpirun, SIGUSR1) },
      Kind(name: "SIGTERM to a rank", trials: 50, stops: true) { _, rank in kill(rank, SIGTERM) },
      Kind(name: "SIGTERM to mpirun", trials: 50, stops: false) { mpirun, _ in kill(mpirun, SIGTERM) },
      Kind(name: "SIGINT twice to mpirun", trials: 50, stops: false) { mpirun, _ in
        kill(mpirun, SIGINT)
        usleep(50_000)
        kill(mpirun, SIGINT)
      },
      Kind(name: "`kill -9` of mpirun", trials: 50, stops: false) { mpirun, _ in kill(mpirun, SIGKILL) },
    ]

    /// The ordinary run tries two kinds.
    @Test(arguments: [UInt64.random(in: 0..<1_000_000)]) func atRandomInstants(seed: UInt64) throws {
      let bench = try TrialBench()
      var random = TestRandom(seed: seed)
      for kind in Trials.areLong ? Self.kinds : Array(Self.kinds.shuffled(using: &random.source).prefix(2)) {
        let observable =
          (kind.stops ? "status 75 and no step lost" : "checkpoints good, no process left after 10 s")
          + "; resumed run: the same bits"
        try bench.trials(
          upTo: Trials.count(sample: 1, long: kind.trials), fault: "\(kind.name) at a random instant",
          observable: observable
        ) {
          let seconds = Double(random.integer(in: 0..<1000)) * bench.seconds / 1000
          let victim = random.integer(in: 0..<TrialBench.ranks)
          let trial = try bench.disturb(after: seconds, isDue: Self.noneWouldDie) { kind.send($0, $1[victim]) }
          let found = try trial.gone == nil ? [] : faults(of: trial, bench, stops: kind.stops)
          return (trial, "\(kind.name) after \(seconds) s", found)
        }
      }
    }

    private func faults(of trial: TrialBench.Trial, _ bench: TrialBench, stops: Bool) throws -> [String] {
      var faults: [String] = []
      if let gone = trial.gone, gone > 10 { faults.append("processes were there for \(gone) s more") }
      if stops {
        let (saved, reported) = try bench.lastSteps(trial)
        let isStopped = trial.outcome.status == 75 || trial.outcome.status == 0 && bench.hasResult(trial)
        if !isStopped { faults.append("it ended with status \(trial.outcome.status)") }
        if saved != reported { faults.append("step \(reported ?? 0) was done, step \(saved ?? 0) saved") }
      }
      if !(try bench.checkpointsAreGood(trial)) { faults.append("a checkpoint is broken") }
      // Open MPI leaves its files when it is killed.
      bench.removeTemporaryFiles()
      return faults + (try bench.faultsAfterResuming(trial))
    }

    /// Whether no rank would die of SIGUSR1: each catches it, or holds it until it does, from the first moments of `main` on.
    private static func noneWouldDie(_ run: String, _ ranks: [pid_t]) -> Bool {
      ranks.count == TrialBench.ranks
        && ranks.allSatisfy { rank in
          let status = (try? String(contentsOfFile: "/proc/\(rank)/status", encoding: .utf8)) ?? ""
          return status.matches(of: /Sig(?:Cgt|Blk):\s*([0-9a-f]+)/).contains { match in
            UInt64(match.output.1, radix: 16).map { $0 >> UInt64(SIGUSR1 - 1) & 1 == 1 } ?? false
          }
        }
    }
  }
}
