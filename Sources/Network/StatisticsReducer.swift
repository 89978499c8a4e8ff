/// How a synchronised BatchNorm learns the other ranks' statistics. Every rank of the span makes the same calls in the
/// same order, also when it has no samples (`count` 0), and all get the same bits.
public protocol StatisticsReducer: AnyObject {
  /// Merges per-channel moments over the ranks, in rank order (Chan, Golub, LeVeque 1979).
  ///
  /// - Parameters:
  ///   - count: values per channel on this rank; 0 when it has no samples, and then the arrays' contents are ignored.
  ///   - means: `[C]`, this rank's means; replaced by the means over all ranks.
  ///   - squaredDeviations: `[C]`, this rank's sums of squared deviations from its means; replaced by those over all ranks.
  /// - Returns: values per channel over all ranks.
  func mergeMoments(
    count: Int, means: UnsafeMutableBufferPointer<Double>, squaredDeviations: UnsafeMutableBufferPointer<Double>
  ) throws -> Int

  /// Replaces `values` by their sums over the ranks, added in rank order.
  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws
}
