import Optimizers
import Testing

@Suite struct LearningRateScheduleTests {
  private typealias Schedule = LearningRateSchedule

  @Test func shapesAgreeWithPyTorch() throws {
    let fixture = try TorchFixture.load()
    let cases: [(Schedule.Shape, [Double])] = [
      (.cosine(finalFraction: 0.1), fixture.cosine),
      (.polynomial(power: 2, finalFraction: 0), fixture.polynomial),
      (.step(milestones: [3, 6], factor: 0.1), fixture.step),
    ]
    for (shape, expected) in cases {
      let schedule = try Schedule(baseRate: 0.4, globalBatch: 8, shape: shape, stepsPerEpoch: 2, totalSteps: 20)
      #expect(expected.count == 20)
      for (step, rate) in expected.enumerated() {
        #expect(abs(schedule.rate(atStep: step) - rate) < 1e-12, "\(shape) at step \(step)")
      }
    }
  }

  /// After a warm-up a shape runs over the steps that are left, as PyTorch's would under `SequentialLR`.
  @Test func shapesStartAtTheTargetAfterTheWarmUpAndEndWithTheRun() throws {
    let fixture = try TorchFixture.load()
    let schedule = try Schedule(
      baseRate: 0.4, globalBatch: 8, warmupSteps: 5, shape: .cosine(finalFraction: 0.1), stepsPerEpoch: 2,
      totalSteps: 25)
    for (step, rate) in fixture.cosine.enumerated() {
      #expect(abs(schedule.rate(atStep: 5 + step) - rate) < 1e-12)
    }
    #expect(abs(schedule.rate(atStep: 25) - 0.04) < 1e-12)
    #expect(abs(schedule.rate(atStep: 1000) - 0.04) < 1e-12)
  }

  /// Goyal et al. 2017: 0.1 per 256 images, 8192 images, 5 epochs of warm-up, a tenth at epochs 30, 60 and 80.
  @Test func theImageNetRecipe() throws {
    let perEpoch = 157
    let schedule = try Schedule(
      baseRate: 0.1, baseBatch: 256, globalBatch: 8192, warmupSteps: 5 * perEpoch,
      shape: .step(milestones: [30, 60, 80], factor: 0.1), stepsPerEpoch: perEpoch, totalSteps: 90 * perEpoch)
    #expect(schedule.targetRate == 3.2)
    #expect(schedule.warmupStartRate == 0.1)
    #expect(abs(schedule.rate(atStep: 0) - (0.1 + 3.1 / Double(5 * perEpoch))) < 1e-12)
    #expect(schedule.rate(atStep: 5 * perEpoch - 1) == 3.2)
    let edges = [(30, 3.2, 0.32), (60, 0.32, 0.032), (80, 0.032, 0.0032)]
    for (epoch, before, after) in edges {
      #expect(abs(schedule.rate(atStep: epoch * perEpoch - 1) - before) < 1e-12)
      #expect(abs(schedule.rate(atStep: epoch * perEpoch) - after) < 1e-12)
    }
  }

  @Test func theWarmUpRisesByEqualAmountsFromZeroWhenNothingIsScaledUp() throws {
    for (baseBatch, globalBatch) in [(nil, 64), (64, 64), (128, 64)] as [(Int?, Int)] {
      let schedule = try Schedule(
        baseRate: 0.2, baseBatch: baseBatch, globalBatch: globalBatch, warmupSteps: 4, shape: .constant,
        stepsPerEpoch: 10, totalSteps: 10)
      let target = baseBatch == 128 ? 0.1 : 0.2
      for step in 0..<10 {
        #expect(abs(schedule.rate(atStep: step) - target * Double(min(step + 1, 4)) / 4) < 1e-12)
      }
    }
  }

  @Test func milestonesInFractionsOfAnEpochFallOnTheNearestStep() throws {
    let schedule = try Schedule(
      baseRate: 1, globalBatch: 1, shape: .step(milestones: [0.3, 0.7], factor: 0.5), stepsPerEpoch: 10, totalSteps: 10)
    #expect((0..<10).map(schedule.rate(atStep:)) == [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
  }

  @Test func refusesParametersOutsideTheirRange() {
    func expectError(
      _ parameter: String, baseRate: Double = 0.1, baseBatch: Int? = nil, globalBatch: Int = 1, warmupSteps: Int = 0,
      warmupStartRate: Double? = nil, shape: Schedule.Shape = .constant, stepsPerEpoch: Int = 1, totalSteps: Int = 10
    ) {
      let error = #expect(throws: OptimizerError.self) {
        try Schedule(
          baseRate: baseRate, baseBatch: baseBatch, globalBatch: globalBatch, warmupSteps: warmupSteps,
          warmupStartRate: warmupStartRate, shape: shape, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps)
      }
      #expect(error?.parameter == parameter)
    }
    for rate in [0, -1, .nan, .infinity] { expectError("baseRate", baseRate: rate) }
    expectError("baseBatch", baseBatch: 0)
    expectError("globalBatch", globalBatch: 0)
    expectError("stepsPerEpoch", stepsPerEpoch: 0)
    expectError("totalSteps", totalSteps: 0)
    expectError("warmupSteps", warmupSteps: 10)
    expectError("warmupSteps", warmupSteps: -1)
    expectError("warmupStartRate", warmupSteps: 1, warmupStartRate: .nan)
    expectError("milestones", shape: .step(milestones: [3, 2], factor: 0.1))
    expectError("milestones", shape: .step(milestones: [-1], factor: 0.1))
    expectError("milestones", shape: .step(milestones: [.infinity], factor: 0.1))
    expectError("factor", shape: .step(milestones: [], factor: 0))
    expectError("finalFraction", shape: .cosine(finalFraction: 1.1))
    expectError("power", shape: .polynomial(power: 0, finalFraction: 0))
    expectError("finalFraction", shape: .polynomial(power: 1, finalFraction: .nan))
  }
}
