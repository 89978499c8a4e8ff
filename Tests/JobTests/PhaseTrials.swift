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

    /// Of the save after step 4, which comes beside steps 5 and 6, and of the last one, after which nothing is saved. Every
    /// operation at a save's beginning and end, and each sixteenth between, where blocks are written one after the other.
    @Test(arguments: [4, TrialBench.steps], [UInt64.random(in: 0..<1_000_000)])
    func allOverASave(step: Int, seed: UInt64) throws {
      let bench = try TrialBench()
      var random = TestRandom(seed: seed)
      var left = Array(1...24) + Array(stride(from: 32, to: 4096, by: 16))
      if !Trials.areLong { left = [random.integer(in: 1..<12)] }
      var isEndKnown = false
      try bench.trials(
        upTo: Trials.count(sample: 1, long: 1000),
        fault: "`kill -9` of the coordinator all over the save of step \(step) of \(TrialBench.steps) (`--inject`)",
        observable: KillTrials.observable
      ) {
        guard let operation = left.first else { return nil }
        left.removeFirst()
        let fault = "kill,0,\(step),save,\(operation)"
        let trial = try bench.disturb(after: 0, ["--inject", fault]) { run, _ in
          FileManager.default.fileExists(atPath: "\(run)/injected/\(fault)")
        }
        if trial.gone != nil { return (trial, fault, try KillTrials.faults(of: trial, bench)) }
        // Beyond the last operation nothing happens.
        if !isEndKnown { (left, isEndKnown) = (Array(max(25, operation - 48)..<operation), true) }
        return (trial, fault, operation <= 24 ? ["it did not happen"] : [])
      }
    }
  }
}
