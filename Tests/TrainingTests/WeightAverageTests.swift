import Checkpoints
import Collectives
import Tensors
import Testing
import Training

@Suite struct AveragingPlanTests {
  /// Two steps an epoch.
  @Test func beginsWithACopyAndGoesOnAtEqualDistances() throws {
    func actions(_ every: Int, _ start: Int) throws -> [AveragingPlan.Action?] {
      let plan = try smallPlan(
        "averaging.decay=0.5", "averaging.every_steps=\(every)", "averaging.start_epoch=\(start)")
      let averaging = try #require(plan.averaging)
      return (1...8).map { steps in
        let action = averaging.action(after: steps)
        if action != nil { #expect(averaging.hasBegun(after: steps)) }
        return action
      }
    }
    #expect(try actions(1, 0) == [.begin] + Array(repeating: .update, count: 7))
    #expect(try actions(3, 0) == [nil, nil, .begin, nil, nil, .update, nil, nil])
    #expect(try actions(2, 2) == [nil, nil, nil, nil, nil, .begin, nil, .update])
    #expect(try smallPlan().averaging == nil)
  }
}

/// An average is that of the weights of all its steps, the same on every rank and after a resume.
@Suite struct WeightAverageTests {
  private static let decay = 0.75
  private let overrides = [
    "averaging.decay=\(decay)", "averaging.every_steps=2", "schedule.base_rate=0.1", "collectives.algorithm=two_level",
  ]

  /// What a rank's training comes to: the average, and the same computed in Double from the weights of every step.
  private struct Outcome: Sendable {
    var average: [Float]
    var twin: [Double]
    var weights: [Float]
  }

  private static func weights(_ training: TrainingStep) -> [Float] {
    Array(training.replica.parameters) + Array(training.replica.statistics)
  }

  private static func average(_ training: TrainingStep) throws -> [Float] {
    let average = try #require(training.average)
    return Array(average.parameters.floats) + Array(average.statistics.floats)
  }

  private func train(ranks: Int, steps: Int, _ more: [String] = []) throws -> [Outcome] {
    let plan = try tinyPlan(worldSize: ranks, overrides + more)
    return try onRanks(ranks) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      var twin: [Double] = []
      for step in 0..<steps {
        let samples = plan.samples(step: step % 2, rank: communicator.rank)
        _ = try SmallBatch(samples).withLocal { try training.run($0, rate: 0.1) }
        let weights = Self.weights(training).map(Double.init)
        if step == 1 { twin = weights }
        if step > 1, step % 2 == 1 { for i in twin.indices { twin[i] += (1 - Self.decay) * (weights[i] - twin[i]) } }
      }
      return Outcome(average: try Self.average(training), twin: twin, weights: Self.weights(training))
    }
  }

  @Test func isTheAverageOfTheStepsItSaw() throws {
    let outcomes = try train(ranks: 2, steps: 7)
    for outcome in outcomes {
      #expect(outcome.average == outcomes[0].average)
      #expect(outcome.average != outcome.weights)
      for (ours, expected) in zip(outcome.average, outcome.twin) {
        #expect(abs(Double(ours) - expected) <= 1e-6 * max(1, abs(expected)))
      }
    }
    let sharded = try train(ranks: 2, steps: 7, ["optimizer.sharded=true"])
    #expect(sharded.map(\.average) == outcomes.map(\.average), "a sharded update gives the same bits")
  }

  @Test func takesThePlaceOfTheWeightsForAMoment() throws {
    let plan = try tinyPlan(overrides)
    let checks = try onRanks(1) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      for step in 0..<4 {
        _ = try SmallBatch(plan.samples(step: step % 2, rank: 0)).withLocal { try training.run($0, rate: 0.1) }
      }
      let (weights, average) = (Self.weights(training), try Self.average(training))
      let inPlace = try #require(training.average).whileInPlace { Self.weights(training) }
      return [
        weights != average, inPlace == average, Self.weights(training) == weights,
        try Self.average(training) == average,
      ]
    }[0]
    #expect(checks == [true, true, true, true])
  }

  @Test func aCheckpointHasItOnceItHasBegun() throws {
    let folder = try TemporaryFolder()
    let (plan, without, runFolder) = (try tinyPlan(overrides), try tinyPlan(), folder.path)
    _ = try onRanks(1) { communicator in
      func save(_ training: TrainingStep, _ plan: RunPlan, step: Int) throws -> Checkpoint {
        var position = RunPosition()
        (position.step, position.samplesSeen) = (step, plan.samples(inFirst: step))
        let snapshot = Snapshot(of: plan)
        snapshot.take(
          training.replica, try training.update.gatherVelocity(), average: training.average, at: position)
        let origin = RunOrigin(plan.configuration, images: Digest(value: 5))
        let report = try CheckpointWriter(runFolder: runFolder, keep: 9).write(snapshot.contents(plan, origin))
        let checkpoint = try Checkpoint(opening: report.path)
        try checkpoint.verify()
        return checkpoint
      }
      func restored(_ checkpoint: Checkpoint) throws -> TrainingStep {
        let training = try TrainingStep(plan, communicator: communicator, threads: 1)
        _ = try Restoration(communicator: communicator).restore(training, from: checkpoint, plan: plan)
        return training
      }
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      for step in 0..<4 {
        _ = try SmallBatch(plan.samples(step: step % 2, rank: 0)).withLocal { try training.run($0, rate: 0.1) }
        if step == 0 { #expect(try !save(training, plan, step: 1).manifest.hasAveragedWeights) }
      }
      let checkpoint = try save(training, plan, step: 4)
      #expect(checkpoint.manifest.hasAveragedWeights)
      let restored4 = try restored(checkpoint)
      #expect(try Self.average(restored4) == Self.average(training))
      #expect(Self.weights(restored4) == Self.weights(training))

      // One of a run that did not average cannot be gone on from as if it had.
      let plain = try save(try TrainingStep(without, communicator: communicator, threads: 1), without, step: 5)
      let failure = try jobFailure { _ = try restored(plain) }
      #expect(failure?.status == .noCheckpoint)
      #expect(failure?.description.contains("averaging.start_epoch") == true, "\(failure as Any)")
    }
  }
}
