import Data
import Testing

@Suite struct ShardPlanTests {
  @Test func everyPositionExactlyOnceAtAnyWorldSize() {
    for samples in [0, 1, 2, 3, 7, 8, 9, 30, 31, 64, 101] {
      for globalBatch in [1, 2, 3, 7, 8, 16, 100, 200] {
        let alone = ShardPlan(samples: samples, globalBatch: globalBatch, worldSize: 1)
        for worldSize in 1...9 {
          let plan = ShardPlan(samples: samples, globalBatch: globalBatch, worldSize: worldSize)
          #expect(plan.stepsPerEpoch == alone.stepsPerEpoch)
          var positions: [Int] = []
          for step in 0..<plan.stepsPerEpoch {
            #expect(plan.globalRange(step: step) == alone.localRange(step: step, rank: 0))
            let parts = (0..<worldSize).map { plan.localRange(step: step, rank: $0) }
            #expect(Array(parts.joined()) == Array(plan.globalRange(step: step)))
            let counts = parts.map(\.count)
            #expect(counts == counts.sorted(by: >) && counts[0] - counts[worldSize - 1] <= 1)
            positions += parts.joined()
          }
          #expect(positions == Array(0..<samples))
          expectLocalCounts(of: plan)
        }
      }
    }
  }

  private func expectLocalCounts(of plan: ShardPlan) {
    for rank in 0..<plan.worldSize {
      let met = Set((0..<plan.stepsPerEpoch).map { plan.localRange(step: $0, rank: rank).count })
      #expect(plan.localCounts(rank: rank) == met.sorted(by: >))
    }
  }

  @Test func lastStepMayLeaveRanksWithoutSamples() {
    let plan = ShardPlan(samples: 10, globalBatch: 8, worldSize: 3)
    #expect((0..<3).map { plan.localRange(step: 0, rank: $0) } == [0..<3, 3..<6, 6..<8])
    #expect((0..<3).map { plan.localRange(step: 1, rank: $0) } == [8..<9, 9..<10, 10..<10])
    #expect(plan.localCounts(rank: 2) == [2, 0])
  }

  @Test func evaluationVisitsEverySampleOnce() {
    for samples in [0, 1, 5, 16, 33, 100] {
      for localBatch in [1, 3, 8, 50] {
        for worldSize in 1...9 {
          let plan = EvaluationPlan(samples: samples, localBatch: localBatch, worldSize: worldSize)
          var visited: [Int] = []
          for rank in 0..<worldSize {
            let batches = (0..<plan.batches(rank: rank)).map { plan.localRange(batch: $0, rank: rank) }
            #expect(Array(batches.joined()) == Array(plan.range(rank: rank)))
            #expect(batches.allSatisfy { !$0.isEmpty && $0.count <= localBatch })
            #expect(plan.localCounts(rank: rank) == Set(batches.map(\.count)).sorted(by: >))
            visited += batches.joined()
          }
          #expect(visited == Array(0..<samples))
        }
      }
    }
  }

  @Test func requestsOfARunCoverEachEpoch() throws {
    let plan = ShardPlan(samples: 23, globalBatch: 6, worldSize: 4)
    let order = TrainingOrder(count: 23, seed: 9)
    for epoch in 0..<3 {
      var samples: [Int] = []
      for step in epoch * 4..<(epoch + 1) * 4 {
        for rank in 0..<4 {
          let request = BatchRequest.training(step: step, rank: rank, plan: plan, order: order)
          #expect(request.epoch == epoch)
          samples += (0..<request.count).map { request.sample($0) }
        }
      }
      #expect(samples != Array(0..<23))
      #expect(samples.sorted() == Array(0..<23))
    }
    let evaluation = EvaluationPlan(samples: 5, localBatch: 2, worldSize: 2)
    let request = try #require(BatchRequest.evaluation(batch: 1, rank: 0, plan: evaluation))
    #expect((0..<request.count).map { request.sample($0) } == [2])
    #expect(BatchRequest.evaluation(batch: 2, rank: 0, plan: evaluation) == nil)
  }
}
