import CVectorKernels

/// An exponential moving average of weights, as `torch.optim.swa_utils.get_ema_multi_avg_fn` defines it:
///
///     average ← average + (1 - decay) · (value - average)
///
/// The older a value is, the less it counts: one of n updates ago by decay^n.
public struct ExponentialAverage: Hashable, Sendable {
  /// In `0..<1`.
  public let decay: Double

  public init(decay: Double) throws(OptimizerError) {
    try require(decay >= 0 && decay < 1, "decay", expected: "a number in 0..<1", got: decay)
    self.decay = decay
  }

  private var share: Float { Float(1 - decay) }

  /// One update, in place. The same inputs give the same bits on every machine. Traps unless both have as many elements.
  public func update(_ average: UnsafeMutableBufferPointer<Float>, with values: UnsafeBufferPointer<Float>) {
    precondition(average.count == values.count, "an average of \(average.count) elements, \(values.count) values")
    guard let first = average.baseAddress, let value = values.baseAddress else { return }
    cvk_average_update(first, value, average.count, share)
  }

  /// The plain twin of `update`, which tests hold it to, bit for bit.
  package func updatePlainly(_ average: UnsafeMutableBufferPointer<Float>, with values: UnsafeBufferPointer<Float>) {
    for index in average.indices { average[index] += share * (values[index] - average[index]) }
  }
}
