import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// A rank that is killed in each part of a step and after it, then `--resume auto`.
  @Suite(.serialized) struct PhaseTrials {
    @Test func inEveryPhase() throws {
      let bench = try TrialBench()
      let phases = ["load", "forward", "statistics", "backward", "exchange", "update", "evaluation", "save"]
      let all = phases.flatMap { phase in (0..<TrialBench.ranks).map { (phase, $0) } }.shuffled()
      var left = all.prefix(Trials.count(sample: 1, long: all.count))
      try bench.trials(
        upTo: left.count, fault: "`kill -9` of each rank of four in each phase (`--inject`)",
        observable: KillTrials.observable
      ) {
        let (phase, victim) = left.removeFirst()
        // Steps 3 and 6 are evaluated, steps 2, 4 and 6 saved.
        let fault = "kill,\(victim),\(["evaluation": 3, "save": 4][phase] ?? 5),\(phase)"
        let trial = try bench.disturb(after: 0, ["--inject", fault]) { run, _ in
          FileManager.default.fileExists(atPath: "\(run)/injected/\(fault)")
        }
        return (trial, fault, trial.gone == nil ? ["it did not happen"] : try KillTrials.faults(of: trial, bench))
      }
    }

    /// Of the save after step 4, which comes beside steps 5 and 6, and of the last one, after which nothing is saved.
    @Test(arguments: [4, TrialBench.steps], [UInt64.random(in: 0..<1_000_000)])
    func atEveryFileOperationOfASave(step: Int, seed: UInt64) throws {
      let bench = try TrialBench()
      var random = TestRandom(seed: seed)
      var operation = 0
      try bench.trials(
        upTo: Trials.count(sample: 1, long: 1000),
        fault:
          "`kill -9` of the coordinator at every file operation of the save of step \(step) of \(TrialBench.steps) (`--inject`)",
        observable: KillTrials.observable
      ) {
        operation = Trials.areLong ? operation + 1 : random.integer(in: 1..<12)
        let fault = "kill,0,\(step),save,\(operation)"
        let trial = try bench.disturb(after: 0, ["--inject", fault]) { run, _ in
          FileManager.default.fileExists(atPath: "\(run)/injected/\(fault)")
        }
        // Beyond the last operation nothing happens.
        if trial.gone == nil { return operation < 12 ? (trial, fault, ["it did not happen"]) : nil }
        return (trial, fault, try KillTrials.faults(of: trial, bench))
      }
    }
  }
}
