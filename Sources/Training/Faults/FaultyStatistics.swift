import Network

/// An exchange of statistics that tells of itself before it begins.
final class FaultyStatistics: StatisticsReducer {
  private let reducer: any StatisticsReducer
  private let faults: FaultInjector

  init(_ reducer: any StatisticsReducer, faults: FaultInjector) { (self.reducer, self.faults) = (reducer, faults) }

  func mergeMoments(
    counts: UnsafeMutableBufferPointer<Double>, means: UnsafeMutableBufferPointer<Double>,
    squaredDeviations: UnsafeMutableBufferPointer<Double>
  ) throws {
    try faults.reach(.statistics)
    try reducer.mergeMoments(counts: counts, means: means, squaredDeviations: squaredDeviations)
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try faults.reach(.statistics)
    try reducer.sum(values)
  }
}
