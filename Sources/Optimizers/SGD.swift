import CVectorKernels

/// Stochastic gradient descent with momentum, as `torch.optim.SGD` defines it (dampening 0):
///
///     g ← gradient · gradientScale + weightDecay · p       the decay only where a range decays
///     v ← momentum · v + g                                 v is zero before the first step
///     p ← p − rate · v                                     or, with Nesterov, p − rate · (g + momentum · v)
///
/// PyTorch fills v with g at the first step, which is the same as starting from zero. The rate multiplies v when it is
/// used rather than when it is added, so that a change of rate acts on the past gradients too (Goyal et al. 2017,
/// section 3, remark 2, treats the difference).
public struct SGD: Hashable, Sendable {
  /// In `0..<1`.
  public let momentum: Double
  public let nesterov: Bool
  /// At least 0.
  public let weightDecay: Double

  public init(momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) throws(OptimizerError) {
    try require(momentum >= 0 && momentum < 1, "momentum", expected: "a number in 0..<1", got: momentum)
    try require(
      weightDecay >= 0 && weightDecay.isFinite, "weightDecay", expected: "a finite number of at least 0",
      got: weightDecay)
    try require(!nesterov || momentum > 0, "nesterov", expected: "false, since momentum is 0", got: nesterov)
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  /// One step, in place and in one pass over memory. The same inputs give the same bits on every machine.
  ///
  /// - Parameters:
  ///   - gradients: sums over the samples of the global batch; not changed.
  ///   - velocity: the optimizer's whole state; all zero before the first step.
  ///   - ranges: what to update; the rest is left alone. Traps when one lies outside the arrays.
  ///   - gradientScale: 1 / (samples in the global batch). The only place where gradients are divided.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    velocity: UnsafeMutableBufferPointer<Float>, ranges: [UpdateRange], rate: Double, gradientScale: Double
  ) {
    for range in ranges {
      guard
        let (parameter, gradient, speed) = elements(range, of: parameters, gradients, velocity)
      else { continue }
      cvk_sgd_update(
        parameter, gradient, speed, range.elements.count, Float(rate), Float(gradientScale), Float(momentum),
        range.decays ? Float(weightDecay) : 0, nesterov)
    }
  }

  /// The plain twin of `update`, which tests hold it to, bit for bit.
  package func updatePlainly(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    velocity: UnsafeMutableBufferPointer<Float>, ranges: [UpdateRange], rate: Double, gradientScale: Double
  ) {
    let momentum = Float(self.momentum)
    for range in ranges {
      for index in range.elements {
        var gradient = gradients[index] * Float(gradientScale)
        if range.decays && weightDecay != 0 { gradient += Float(weightDecay) * parameters[index] }
        velocity[index] = momentum * velocity[index] + gradient
        let direction = nesterov ? gradient + momentum * velocity[index] : velocity[index]
        parameters[index] -= Float(rate) * direction
      }
    }
  }

  /// Pointers to the range's first element in each array; nil for an empty range.
  private func elements(
    _ range: UpdateRange, of parameters: UnsafeMutableBufferPointer<Float>, _ gradients: UnsafeBufferPointer<Float>,
    _ velocity: UnsafeMutableBufferPointer<Float>
  ) -> (UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>)? {
    let smallest = min(parameters.count, gradients.count, velocity.count)
    precondition(
      range.elements.lowerBound >= 0 && range.elements.upperBound <= smallest,
      "elements \(range.elements) lie outside arrays of \(smallest)")
    guard !range.elements.isEmpty, let parameter = parameters.baseAddress, let gradient = gradients.baseAddress,
      let speed = velocity.baseAddress
    else { return nil }
    let start = range.elements.lowerBound
    return (parameter + start, gradient + start, speed + start)
  }
}
