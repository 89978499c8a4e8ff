import Optimizers

extension RunConfiguration {
  /// More steps than any run takes, and few enough that no count of a run overflows.
  private static let mostSteps = 1 << 40

  func totalSteps(stepsPerEpoch: Int) throws -> Int {
    let (path, given, stepsOfOne) =
      switch length {
      case .epochs(let epochs): ("epochs", epochs, stepsPerEpoch)
      case .steps(let steps): ("steps", steps, 1)
      }
    let (steps, overflows) = given.multipliedReportingOverflow(by: stepsOfOne)
    guard !overflows, steps <= Self.mostSteps else {
      throw ConfigurationError(
        path: path, "expected at most \(Self.mostSteps / stepsOfOne), \(Self.mostSteps) steps in all, got \(given)")
    }
    return steps
  }

  /// The learning rate of every step.
  func learningRates(stepsPerEpoch: Int, totalSteps: Int) throws -> LearningRateSchedule {
    let peak = schedule.peakRate(globalBatch: batch.global)
    let warmupSteps = (schedule.warmupEpochs * Double(stepsPerEpoch)).rounded()
    guard warmupSteps < Double(totalSteps) else {
      throw ConfigurationError(
        path: "schedule.warmup_epochs",
        "expected less than the whole run of \(totalSteps) steps, got \(plain(warmupSteps)) steps")
    }
    guard schedule.finalRate <= peak else {
      throw ConfigurationError(
        path: "schedule.final_rate",
        "expected at most the rate after warm-up, \(peak), got \(schedule.finalRate)")
    }
    let shape: LearningRateSchedule.Shape =
      switch schedule.shape {
      case .constant: .constant
      case .step: .step(milestones: schedule.milestones, factor: schedule.factor)
      case .cosine: .cosine(finalFraction: schedule.finalRate / peak)
      case .polynomial: .polynomial(power: schedule.power, finalFraction: schedule.finalRate / peak)
      }
    return try LearningRateSchedule(
      baseRate: schedule.baseRate, baseBatch: schedule.baseBatch > 0 ? schedule.baseBatch : nil,
      globalBatch: batch.global, warmupSteps: Int(warmupSteps), warmupStartRate: schedule.warmupStartRate, shape: shape,
      stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps)
  }
}
