import Collectives
import Network
import Tensors
import Testing
import Training

/// Whole steps on ranks that are threads.
@Suite struct TrainingStepTests {
  private struct Outcome: Sendable, Equatable {
    var losses: [Double] = []
    var counts: [Int] = []
    var top1Correct: [Int] = []
    var parameters: [Float] = []
    var statistics: [Float] = []
  }

  /// Two steps: seven samples, then three, so that ranks have unequal parts and then some have none.
  private func train(worldSize: Int) throws -> [Outcome] {
    let plan = try tinyPlan(worldSize: worldSize)
    return try onRanks(worldSize) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      var outcome = Outcome()
      for step in 0..<2 {
        let batch = SmallBatch(plan.samples(step: step, rank: communicator.rank))
        let sums = try batch.withLocal { try training.run($0, rate: 0.02) }.sums
        outcome.losses.append(sums.loss)
        outcome.counts.append(sums.count)
        outcome.top1Correct.append(sums.top1Correct)
      }
      outcome.parameters = Array(training.replica.parameters)
      outcome.statistics = Array(training.replica.statistics)
      return outcome
    }
  }

  /// |a - b| over |a|, both as vectors.
  private func distance(_ a: [Float], _ b: [Float]) -> Double {
    let difference = zip(a, b).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return (difference / a.reduce(0) { $0 + Double($1) * Double($1) }).squareRoot()
  }

  @Test func ranksTogetherDoWhatOneDoesAlone() throws {
    let alone = try train(worldSize: 1)[0]
    #expect(alone.counts == [7, 3])
    for worldSize in [2, 3, 5, 8] {
      let ranks = try train(worldSize: worldSize)
      for (rank, outcome) in ranks.enumerated() {
        #expect(outcome == ranks[0], "rank \(rank) of \(worldSize) has other bits than rank 0")
      }
      #expect(ranks[0].counts == alone.counts && ranks[0].top1Correct == alone.top1Correct)
      for (loss, expected) in zip(ranks[0].losses, alone.losses) {
        #expect(abs(loss - expected) <= 1e-4 * expected, "\(worldSize) ranks: \(loss) instead of \(expected)")
      }
      let parameters = distance(alone.parameters, ranks[0].parameters)
      let statistics = distance(alone.statistics, ranks[0].statistics)
      #expect(parameters < 1e-5, "\(worldSize) ranks: weights differ by \(parameters)")
      #expect(statistics < 1e-5, "\(worldSize) ranks: running statistics differ by \(statistics)")
    }
  }

  @Test func theSameWorldSizeGivesTheSameBits() throws {
    #expect(try train(worldSize: 3) == train(worldSize: 3))
  }

  @Test(arguments: [1, 3]) func aFailureOfOneRankStopsAllBeforeTheUpdate(worldSize: Int) throws {
    let plan = try tinyPlan(worldSize: worldSize)
    let odd = worldSize - 1
    let failures = try onRanks(worldSize) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let before = Array(training.replica.parameters)
      let batch = SmallBatch(plan.samples(step: 0, rank: communicator.rank))
      let isOdd = communicator.rank == odd
      let failure = try jobFailure {
        _ = try batch.withLocal {
          try training.run(isOdd ? nil : $0, rate: 1, failure: isOdd ? RunError(.data, "a torn image") : nil)
        }
      }
      #expect(Array(training.replica.parameters) == before)
      #expect(training.update.velocity.allSatisfy { $0 == 0 })
      return failure
    }
    for failure in failures {
      #expect(failure?.status == .data)
      #expect(failure?.description == (worldSize == 1 ? "a torn image" : "rank \(odd): a torn image"))
    }
  }

  @Test func notANumberStopsAllBeforeTheUpdate() throws {
    let plan = try tinyPlan(worldSize: 2)
    let failures = try onRanks(2) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let before = Array(training.replica.parameters)
      let batch = SmallBatch(plan.samples(step: 0, rank: communicator.rank))
      if communicator.rank == 1 { batch.spoil() }
      let failure = try jobFailure { _ = try batch.withLocal { try training.run($0, rate: 1) } }
      #expect(Array(training.replica.parameters) == before)
      return failure
    }
    for failure in failures {
      #expect(failure?.status == .internalError)
      #expect(
        failure?.description.contains("first in the statistics of a BatchNorm on rank 1") == true, "\(failure as Any)")
      #expect(failure?.reports.map(\.ranks) == [[0, 1]])
    }
  }

  /// A step that is left out moves no average, and an average that is to begin with it begins with the weights as they are.
  @Test func anAverageBeginsWithAStepThatIsLeftOut() throws {
    let plan = try tinyPlan(worldSize: 2, ["averaging.decay=0.5", "numbers.non_finite=skip"])
    let averages = try onRanks(2) { communicator -> [[Bool]] in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      return try [true, false, true].map { isSpoiled in
        let before = training.average.map { Array($0.parameters.floats) }
        let batch = SmallBatch(plan.samples(step: 0, rank: communicator.rank))
        if isSpoiled { batch.spoil() }
        let outcome = try batch.withLocal { try training.attempt($0, rate: 0.1) }
        #expect(outcome.isNonFinite == isSpoiled)
        let after = training.average.map { Array($0.parameters.floats) }
        return [after == Array(training.replica.parameters), after == before]
      }
    }
    #expect(averages == Array(repeating: [[true, false], [false, false], [false, true]], count: 2))
  }

  @Test func oneRequestStopsAll() throws {
    let plan = try tinyPlan(worldSize: 2)
    let stops = try onRanks(2) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let batch = SmallBatch(plan.samples(step: 1, rank: communicator.rank))
      return try [true, false].map { asks in
        try batch.withLocal {
          try training.run($0, rate: 0, requestsStop: asks && communicator.rank == 1).stopIsRequested
        }
      }
    }
    #expect(stops == [[true, false], [true, false]])
  }
}
