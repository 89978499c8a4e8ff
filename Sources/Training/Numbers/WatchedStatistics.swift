import Network

/// An exchange of statistics whose rank looks at its own part before it goes out.
final class WatchedStatistics: StatisticsReducer {
  private let reducer: any StatisticsReducer
  private let watch: NumbersWatch
  private let faults: FaultInjector?

  init(_ reducer: any StatisticsReducer, watch: NumbersWatch, faults: FaultInjector?) {
    (self.reducer, self.watch, self.faults) = (reducer, watch, faults)
  }

  func mergeMoments(
    counts: UnsafeMutableBufferPointer<Double>, means: UnsafeMutableBufferPointer<Double>,
    squaredDeviations: UnsafeMutableBufferPointer<Double>
  ) throws {
    try faults?.reach(.statistics)
    watch.beginExchange()
    watch.look(atStatistics: means)
    watch.look(atStatistics: squaredDeviations)
    try reducer.mergeMoments(counts: counts, means: means, squaredDeviations: squaredDeviations)
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try faults?.reach(.statistics)
    watch.beginExchange()
    watch.look(atStatistics: values)
    try reducer.sum(values)
  }
}
