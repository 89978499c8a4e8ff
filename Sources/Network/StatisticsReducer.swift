/// How a synchronised BatchNorm learns the other ranks' statistics. Every rank of the span makes the same calls in the
/// same order, also when it has no samples (counts 0), and all get the same bits.
public protocol StatisticsReducer: AnyObject {
  /// Merges per-channel moments over the ranks, in rank order (Chan, Golub, LeVeque 1979). The channels of several
  /// normalisations may lie side by side; each has a count of its own.
  ///
  /// - Parameters:
  ///   - counts: `[C]`, values on this rank; replaced by those over all ranks.
  ///   - means: `[C]`, this rank's means; ignored where the count is 0; replaced by the means over all ranks.
  ///   - squaredDeviations: `[C]`, this rank's sums of squared deviations from its means; replaced likewise.
  func mergeMoments(
    counts: UnsafeMutableBufferPointer<Double>, means: UnsafeMutableBufferPointer<Double>,
    squaredDeviations: UnsafeMutableBufferPointer<Double>
  ) throws

  /// Replaces `values` by their sums over the ranks, added in rank order.
  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws
}
