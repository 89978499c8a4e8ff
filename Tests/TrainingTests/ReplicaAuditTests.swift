import Collectives
import Testing
import Training

/// Replicas that differ in one bit are told apart, and by name.
@Suite struct ReplicaAuditTests {
  private enum Memory: CaseIterable { case weights, statistics, momentum }

  /// What each of `worldSize` ranks is told after one step and one flipped bit of one rank.
  private func audit(
    worldSize: Int, odd: Int?, _ memory: Memory, sharded: Bool = false, sharesStatistics: Bool = true
  ) throws -> [ReplicaDifference?] {
    let plan = try tinyPlan(worldSize: worldSize, ["optimizer.sharded=\(sharded)"])
    return try onRanks(worldSize) { communicator in
      if sharded { communicator.algorithms = AlgorithmTable(.ring) }
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let batch = SmallBatch(plan.samples(step: 0, rank: communicator.rank))
      _ = try batch.withLocal { try training.run($0, rate: 0.1) }
      if communicator.rank == odd {
        let floats =
          switch memory {
          case .weights: training.replica.parameters
          case .statistics: training.replica.statistics
          case .momentum: training.update.velocity
          }
        floats[3] = Float(bitPattern: floats[3].bitPattern ^ 1)
      }
      return try ReplicaAudit(training, sharesStatistics: sharesStatistics, communicator: communicator).difference()
    }
  }

  @Test(arguments: [1, 2, 3, 5]) func equalReplicasAreEqual(worldSize: Int) throws {
    for sharded in [false, true] {
      #expect(try audit(worldSize: worldSize, odd: nil, .weights, sharded: sharded).allSatisfy { $0 == nil })
    }
  }

  @Test func theOddRankIsNamed() throws {
    for (memory, subject, name) in [
      (Memory.weights, "weights", "conv1.weight"), (.statistics, "running statistics", "bn1.running_mean"),
      (.momentum, "optimizer state", "conv1.weight"),
    ] {
      for odd in 0..<3 {
        for difference in try audit(worldSize: 3, odd: odd, memory) {
          #expect(difference?.tensors.map { "\($0.subject) \($0.name) \($0.ranks)" } == ["\(subject) \(name) [\(odd)]"])
        }
      }
    }
  }

  @Test func ofTwoRanksBothAreNamed() throws {
    for difference in try audit(worldSize: 2, odd: 1, .weights) {
      #expect(difference?.ranks == [0, 1])
      let failure = difference?.failure(step: 30, auditedStep: 20)
      #expect(failure?.status == .ranksLost)
      let words = ["after step 30 the 2 ranks differ from each other", "conv1.weight (weights)", "after step 20"]
      for word in words { #expect(failure?.description.contains(word) == true, "\(failure as Any)") }
    }
  }

  @Test func whatRanksHaveForThemselvesIsNotCompared() throws {
    #expect(
      try audit(worldSize: 3, odd: 1, .statistics, sharesStatistics: false).allSatisfy { $0 == nil })
    #expect(try audit(worldSize: 3, odd: 1, .momentum, sharded: true).allSatisfy { $0 == nil })
  }

  @Test(
    arguments: [
      ([5, 5, 5], []), ([5, 6, 5], [1]), ([6, 5, 5, 7], [0, 1, 2, 3]), ([6, 5, 5, 7, 5], [0, 3]), ([1, 2], [0, 1]),
      ([9], []),
    ] as [([UInt64], [Int])])
  func mostHaveItRight(digests: [UInt64], odd: [Int]) { #expect(oddRanks(digests) == odd) }
}
