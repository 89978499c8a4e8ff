import Collectives
import Logging
import Network
import TestSupport
import Tensors
import Testing
import Training

/// Faults of one rank's memory at random: where, when, on how many ranks, with which update. What follows is the same on every
/// rank, and names what was spoiled.
@Suite struct MemoryFaultTrials {
  private let folder: TemporaryFolder
  private static let steps = 3

  init() throws { folder = try TemporaryFolder() }

  private struct Trial: Sendable, CustomStringConvertible {
    let plan: RunPlan
    let injection: FaultInjection
    let algorithm: AllReduceAlgorithm
    let parameter: String
    let description: String

    /// - Parameter kinds: of the fault, and the phase that it is given with.
    init(_ index: Int, _ kinds: [(kind: FaultKind, phase: FaultPhase)], output: String) throws {
      var random = KeyedRandom(seed: 9, purpose: .testing, index: index)
      func draw(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
      let (worldSize, sharded) = (draw(2..<5), draw(0..<2) == 1)
      let policy = ["stop", "skip", "rewind"][draw(0..<3)]
      plan = try tinyPlan(
        worldSize: worldSize,
        ["output=\(output)", "optimizer.sharded=\(sharded)", "numbers.non_finite=\(policy)", "seed=\(index)"])
      algorithm = draw(0..<2) == 1 ? .ring : .twoLevel
      let parts = plan.parameters.parameters.parts
      let part = parts[draw(0..<parts.count)]
      parameter = part.name
      let fault = kinds[draw(0..<kinds.count)]
      let bit = fault.kind == .nan || fault.kind == .infinity ? "" : "/\(draw(0..<32))"
      let text =
        "\(fault.kind.rawValue),\(draw(0..<worldSize)),\(draw(1..<MemoryFaultTrials.steps + 1)),\(fault.phase.rawValue),"
        + "\(part.name)/\(draw(0..<part.shape.elements))\(bit)"
      injection = try FaultInjection(text)
      description = "trial \(index): \(text) on \(worldSize) ranks, \(algorithm), sharded \(sharded), \(policy)"
    }
  }

  private struct Outcome: Sendable {
    /// The step whose numbers were not finite, and what the ranks concluded.
    var bad: NonFiniteStep?
    /// Whether that step left weights, momentum and statistics as they were.
    var leftNothing = true
    var audit: ReplicaDifference?
    var auditedStep = 0
    var state: [String: [UInt32]] = [:]
  }

  /// Trains until a step is bad or replicas differ.
  private func run(_ trial: Trial) throws -> [Outcome] {
    let (plan, injection, algorithm) = (trial.plan, trial.injection, trial.algorithm)
    return try onRanks(plan.worldSize) { communicator in
      communicator.algorithms = AlgorithmTable(algorithm)
      let faults = try FaultInjector(
        [injection], plan: plan, rank: communicator.rank, resume: .never,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      let training = try TrainingStep(plan, communicator: communicator, threads: 1, faults: faults)
      var outcome = Outcome()
      for step in 1...Self.steps {
        let before = training.state
        let batch = SmallBatch(plan.samples(step: (step - 1) % 2, rank: communicator.rank))
        let result = try batch.withLocal { try training.attempt($0, rate: 0.05) }
        if result.isNonFinite {
          outcome.bad = try NonFiniteStep(
            step: step, loss: result.sums.loss, finding: result.finding, over: communicator)
          let ends = plan.configuration.numbers.nonFinite == .stop
          outcome.leftNothing = ["weights", "optimizer state", ends ? "weights" : "running statistics"].allSatisfy {
            training.state[$0] == before[$0]
          }
        }
        outcome.audit = try ReplicaAudit(training, sharesStatistics: true, communicator: communicator).difference()
        outcome.state = training.state
        if outcome.bad != nil || outcome.audit != nil { break }
        outcome.auditedStep = step
      }
      return outcome
    }
  }

  @Test func whatIsNotFiniteOnOneRankIsOneDecisionOfAll() throws {
    let trials = Trials.count(sample: 12, long: 300)
    var passed = 0
    for index in 0..<trials {
      let trial = try Trial(index, [(.nan, .exchange), (.infinity, .exchange)], output: folder.path)
      let outcomes = try run(trial)
      let bad = outcomes[0].bad
      let holds =
        outcomes.allSatisfy { $0.bad?.description == bad?.description && $0.leftNothing && $0.audit == nil }
        && bad?.step == trial.injection.step && bad?.origins.map(\.rank) == [trial.injection.rank]
        && bad?.origins.first?.parameter == trial.parameter
      #expect(holds, "\(trial): \(outcomes.map { $0.bad as Any })")
      if holds { passed += 1 }
    }
    try Trials.record(
      fault: "NaN or infinity in one gradient on one rank",
      observable: "same decision on every rank at the same step; rank, parameter and step named; nothing updated",
      trials: trials, passed: passed, note: "2 to 4 ranks as threads, ring and two levels, sharded or not, every policy"
    )
  }

  /// A bit may be lost in rounding, or change what all ranks have, or be seen as a number that is not finite. Whenever replicas
  /// differ, and only then, the audit says so, in that step, and names the rank.
  @Test func aFlippedBitIsNamed() throws {
    let trials = Trials.count(sample: 20, long: 500)
    var (passed, seen, notFinite) = (0, 0, 0)
    for index in 0..<trials {
      let kinds: [(FaultKind, FaultPhase)] = [(.weightBit, .update), (.momentumBit, .update), (.bucketBit, .exchange)]
      let trial = try Trial(10_000 + index, kinds, output: folder.path)
      let outcomes = try run(trial)
      let isShown = try shows(trial, outcomes)
      #expect(isShown, "\(trial): \(outcomes.map { ($0.bad, $0.audit, $0.auditedStep) })")
      if isShown { passed += 1 }
      if outcomes[0].audit != nil { seen += 1 }
      if outcomes[0].bad != nil { notFinite += 1 }
    }
    #expect(seen > trials / 4)
    try Trials.record(
      fault: "one bit flipped in a weight, a momentum, a bucket",
      observable: "audit names rank and parameter whenever replicas differ, in the step of the fault",
      trials: trials, passed: passed,
      note:
        "\(seen) differed; \(notFinite) were not finite and seen before the update; the others left all replicas equal "
        + "(lost in rounding, or sharded: then all ranks get the same)")
  }

  private func shows(_ trial: Trial, _ outcomes: [Outcome]) throws -> Bool {
    let first = outcomes[0]
    guard outcomes.allSatisfy({ $0.audit == first.audit && $0.bad?.description == first.bad?.description }) else {
      return false
    }
    let subjects =
      ["weights", "running statistics"] + (trial.plan.configuration.optimizer.sharded ? [] : ["optimizer state"])
    let differ = subjects.contains { subject in outcomes.contains { $0.state[subject] != first.state[subject] } }
    guard let audit = first.audit else { return !differ }
    let isNamed = audit.tensors.contains { $0.name == trial.parameter }
    let ranks = trial.plan.worldSize == 2 ? [0, 1] : [trial.injection.rank]
    return differ && isNamed && audit.ranks == ranks && first.auditedStep == trial.injection.step - 1
  }
}

extension TrainingStep {
  /// The bits of everything that a step changes, by the names that an audit uses.
  fileprivate var state: [String: [UInt32]] {
    [
      "weights": replica.parameters.map(\.bitPattern), "running statistics": replica.statistics.map(\.bitPattern),
      "optimizer state": update.velocity.map(\.bitPattern),
    ]
  }
}
