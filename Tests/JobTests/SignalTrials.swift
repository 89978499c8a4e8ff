import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// Signals to a job at random instants of it, then `--resume auto`.
  @Suite(.serialized) struct SignalTrials {
    @Test(arguments: [UInt64.random(in: 0..<1_000_000)]) func atRandomInstants(seed: UInt64) throws {
      let bench = try TrialBench()
      var random = TestRandom(seed: seed)
      try bench.signal(
        "SIGUSR1 to mpirun", Trials.count(sample: 2, long: 300), stops: true, &random
      ) { mpirun, _ in kill(mpirun, SIGUSR1) }
      try bench.signal("SIGTERM to a rank", Trials.count(sample: 1, long: 50), stops: true, &random) { _, rank in
        kill(rank, SIGTERM)
      }
      try bench.signal("SIGTERM to mpirun", Trials.count(sample: 1, long: 50), stops: false, &random) { mpirun, _ in
        kill(mpirun, SIGTERM)
      }
      try bench.signal("SIGINT twice to mpirun", Trials.count(sample: 1, long: 50), stops: false, &random) {
        mpirun, _ in
        kill(mpirun, SIGINT)
        usleep(50_000)
        kill(mpirun, SIGINT)
      }
      try bench.signal("`kill -9` of mpirun", Trials.count(sample: 1, long: 50), stops: false, &random) { mpirun, _ in
        kill(mpirun, SIGKILL)
      }
    }
  }
}

extension TrialBench {
  /// - Parameter stops: whether the signal asks for a checkpoint and an orderly end.
  fileprivate func signal(
    _ fault: String, _ count: Int, stops: Bool, _ random: inout TestRandom,
    by disturbance: @escaping @Sendable (_ mpirun: pid_t, _ rank: pid_t) -> Void
  ) throws {
    let observable =
      (stops ? "status 75 and no step lost" : "checkpoints good, no process left after 10 s")
      + "; resumed run: the same bits"
    try trials(count, fault: "\(fault) at a random instant", observable: observable) {
      let seconds = Double(random.integer(in: 0..<1000)) * self.seconds / 1000
      let victim = random.integer(in: 0..<Self.ranks)
      let trial = try disturb(after: seconds, isDue: Self.allListen) { disturbance($0, $1[victim]) }
      guard let gone = trial.gone else { return (trial, "", []) }
      var faults: [String] = []
      if gone > 10 { faults.append("processes were there for \(gone) s more") }
      if stops { faults += try faultsOfStop(trial) }
      if !(try checkpointsAreGood(trial)) { faults.append("a checkpoint is broken") }
      // Open MPI leaves its files when it is killed.
      for name in folder.contents("tmp") { try? FileManager.default.removeItem(atPath: folder.path("tmp/\(name)")) }
      return (trial, "\(fault) after \(seconds) s", faults + (try faultsAfterResuming(trial)))
    }
  }

  private func faultsOfStop(_ trial: Trial) throws -> [String] {
    let isComplete = folder.contents("runs/\(trial.name)").contains("result.json")
    let (saved, reported) = try lastSteps(trial)
    var faults: [String] = []
    if trial.outcome.status != 75, !(trial.outcome.status == 0 && isComplete) {
      faults.append("it ended with status \(trial.outcome.status)")
    }
    if saved != reported { faults.append("step \(reported ?? 0) was done, step \(saved ?? 0) saved") }
    return faults
  }

  /// Whether SIGUSR1 would be heard by every rank, rather than kill it: from a moment before MPI starts on.
  private static func allListen(_ run: String, _ ranks: [pid_t]) -> Bool {
    ranks.count == self.ranks
      && ranks.allSatisfy { rank in
        let status = (try? String(contentsOfFile: "/proc/\(rank)/status", encoding: .utf8)) ?? ""
        let caught = status.firstMatch(of: /SigCgt:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
        return caught >> UInt64(SIGUSR1 - 1) & 1 == 1
      }
  }
}
