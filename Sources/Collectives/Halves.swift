import Fabrics

// Half an all-reduce: for who works on the sums where they are, and then hands on what came of them.
extension Communicator {
  /// The elements of `values` that are this rank's: after a reduce-scatter their sums are here, and an all-gather takes them
  /// from here. Every element is one rank's; it depends on the count, the algorithm and the ranks' places, and for two levels
  /// on whether the values lie in a window.
  public func segment(
    of values: UnsafeMutableBufferPointer<Float>, algorithm: AllReduceAlgorithm? = nil
  ) throws -> Range<Int> {
    let (algorithm, _) = way(of: values, algorithm)
    guard algorithm.hasHalves else { throw AlgorithmUnavailable.halves(of: algorithm) }
    return plan(.both, of: values.count, algorithm).segment
  }

  /// Starts replacing this rank's segment of `values` by the sums over the ranks: the bits that an all-reduce gives, also
  /// where the wire rounds. The other elements end as anything. Otherwise like `startAllReduce`.
  ///
  /// - Throws: `AlgorithmUnavailable` where the algorithm is neither a ring nor two levels.
  public func startReduceScatter(
    _ values: UnsafeMutableBufferPointer<Float>, label: String, algorithm: AllReduceAlgorithm? = nil
  ) throws -> PendingAllReduce {
    try start(.reduceScatter, values, label: label, algorithm: algorithm, wire: wire)
  }

  /// Starts replacing each rank's segment of `values` by that rank's, bit by bit: they travel as f32 on every wire.
  /// Otherwise like `startAllReduce`.
  ///
  /// - Throws: `AlgorithmUnavailable` where the algorithm is neither a ring nor two levels.
  public func startAllGather(
    _ values: UnsafeMutableBufferPointer<Float>, label: String, algorithm: AllReduceAlgorithm? = nil
  ) throws -> PendingAllReduce {
    try start(.allGather, values, label: label, algorithm: algorithm, wire: .f32)
  }
}
