import Foundation

/// The learning rate as a function of the step: a linear warm-up, then a shape. A pure value; the same on every rank.
///
/// Steps count from 0, epochs from 0 at step 0, and both go on through the warm-up.
public struct LearningRateSchedule: Hashable, Sendable {
  /// What the rate does after the warm-up, relative to the target rate.
  public enum Shape: Hashable, Sendable {
    case constant
    /// Multiplied by `factor` at each milestone, in epochs since the start of the run; `MultiStepLR` of PyTorch.
    case step(milestones: [Double], factor: Double)
    /// Half a cosine from 1 down to `finalFraction`; `CosineAnnealingLR` of PyTorch, Loshchilov and Hutter 2017
    /// without restarts.
    case cosine(finalFraction: Double)
    /// (1 − progress)^power of the way from `finalFraction` to 1; `PolynomialLR` of PyTorch when that is 0.
    case polynomial(power: Double, finalFraction: Double)
  }

  /// The rate at the end of the warm-up: the base rate, scaled when a base batch is given.
  public let targetRate: Double
  /// Where the warm-up's line starts, one step before step 0.
  public let warmupStartRate: Double
  public let warmupSteps: Int
  public let shape: Shape
  public let stepsPerEpoch: Int
  public let totalSteps: Int

  /// - Parameters:
  ///   - baseRate: the rate for a global batch of `baseBatch`, or for any batch when that is nil; above 0.
  ///   - baseBatch: when given, the linear scaling rule: the target is baseRate · globalBatch / baseBatch (Goyal et al.
  ///     2017, section 2.1; they use 0.1 per 256 images).
  ///   - warmupSteps: the rate rises by the same amount at each of them and reaches the target at the last. Fewer than
  ///     `totalSteps`, or 0.
  ///   - warmupStartRate: the line's start. By default the unscaled base rate where scaling raises the rate, which is
  ///     the gradual warm-up of Goyal et al. (section 2.2); 0 otherwise.
  ///   - stepsPerEpoch, totalSteps: at least 1. The cosine and the polynomial end with the last step: the rate would
  ///     reach its final value at step `totalSteps`, which is the first that is not taken.
  public init(
    baseRate: Double, baseBatch: Int? = nil, globalBatch: Int, warmupSteps: Int = 0, warmupStartRate: Double? = nil,
    shape: Shape, stepsPerEpoch: Int, totalSteps: Int
  ) throws(OptimizerError) {
    try require(baseRate > 0 && baseRate.isFinite, "baseRate", expected: "a finite number above 0", got: baseRate)
    try require(baseBatch ?? 1 > 0, "baseBatch", expected: "at least 1", got: baseBatch ?? 0)
    try require(globalBatch > 0, "globalBatch", expected: "at least 1", got: globalBatch)
    try require(stepsPerEpoch > 0, "stepsPerEpoch", expected: "at least 1", got: stepsPerEpoch)
    try require(totalSteps > 0, "totalSteps", expected: "at least 1", got: totalSteps)
    try require(
      warmupSteps == 0 || 0..<totalSteps ~= warmupSteps, "warmupSteps",
      expected: "0 or more and fewer than the run's \(totalSteps) steps", got: warmupSteps)
    try require(
      warmupStartRate.map { $0 >= 0 && $0.isFinite } ?? true, "warmupStartRate",
      expected: "a finite number of at least 0",
      got: warmupStartRate ?? 0)
    try shape.validate()
    targetRate = baseBatch.map { baseRate * Double(globalBatch) / Double($0) } ?? baseRate
    self.warmupStartRate = warmupStartRate ?? (targetRate > baseRate ? baseRate : 0)
    self.warmupSteps = warmupSteps
    self.shape = shape
    self.stepsPerEpoch = stepsPerEpoch
    self.totalSteps = totalSteps
  }

  /// The rate that step `step` uses; `step` is at least 0. Past the end of the run the last value is kept.
  public func rate(atStep step: Int) -> Double {
    precondition(step >= 0, "step \(step)")
    if step < warmupSteps {
      return warmupStartRate + (targetRate - warmupStartRate) * Double(step + 1) / Double(warmupSteps)
    }
    return targetRate * fraction(atStep: step)
  }

  /// The shape's part of the target rate at a step after the warm-up.
  private func fraction(atStep step: Int) -> Double {
    let progress = min(1, Double(step - warmupSteps) / Double(totalSteps - warmupSteps))
    switch shape {
    case .constant:
      return 1
    case .step(let milestones, let factor):
      // Milestones become whole steps first: dividing the step by the epoch's length would miss one by rounding.
      let passed = milestones.count { step >= Int(($0 * Double(stepsPerEpoch)).rounded()) }
      return pow(factor, Double(passed))
    case .cosine(let finalFraction):
      return finalFraction + (1 - finalFraction) * (1 + cos(.pi * progress)) / 2
    case .polynomial(let power, let finalFraction):
      return finalFraction + (1 - finalFraction) * pow(1 - progress, power)
    }
  }
}

extension LearningRateSchedule.Shape {
  fileprivate func validate() throws(OptimizerError) {
    switch self {
    case .constant: break
    case .step(let milestones, let factor):
      try require(
        zip(milestones, milestones.dropFirst()).allSatisfy { $0 < $1 } && milestones.allSatisfy { $0 >= 0 && $0 < 1e9 },
        "milestones", expected: "epochs of at least 0 in ascending order, each once", got: milestones)
      try require(factor > 0 && factor.isFinite, "factor", expected: "a finite number above 0", got: factor)
    case .cosine(let finalFraction):
      try require(0...1 ~= finalFraction, "finalFraction", expected: "a number in 0...1", got: finalFraction)
    case .polynomial(let power, let finalFraction):
      try require(power > 0 && power.isFinite, "power", expected: "a finite number above 0", got: power)
      try require(0...1 ~= finalFraction, "finalFraction", expected: "a number in 0...1", got: finalFraction)
    }
  }
}
