import Tensors

/// One figure of `benchmarkAllReduce`, in the conventions of NVIDIA's nccl-tests (PERFORMANCE.md).
public struct AllReduceTiming: Hashable, Sendable {
  public let contender: AllReduceContender
  /// Between ranks that do not share memory, of our own algorithms.
  public let wire: WireType
  public let ranks: Int
  public let elements: Int
  /// Back-to-back calls in a sample; the same for all contenders at a size.
  public let callsPerSample: Int
  public let repetitions: Int
  /// A sample's seconds over its calls, of the slowest rank in each sample: the median, and the 90th percentile.
  public let secondsP50: Double
  public let secondsP90: Double

  public var bytes: Int { elements * ElementType.f32.bytes }
  /// Bytes of the message over seconds, from the median, in 10^9 bytes per second.
  public var algorithmGigabytesPerSecond: Double { secondsP50 > 0 ? Double(bytes) / secondsP50 / 1e9 : 0 }
  /// The same times 2(N-1)/N: what an all-reduce that is bound by its links has to move over each. For `memcpy`, what an
  /// all-reduce as fast as these copies would reach.
  public var busGigabytesPerSecond: Double { algorithmGigabytesPerSecond * 2 * Double(ranks - 1) / Double(ranks) }

  /// - Parameter seconds: of one call, a number for each sample, in any order; at least one.
  init(
    _ contender: AllReduceContender, wire: WireType, ranks: Int, elements: Int, callsPerSample: Int, seconds: [Double]
  ) {
    let sorted = seconds.sorted()
    self.contender = contender
    self.wire = wire
    self.ranks = ranks
    self.elements = elements
    self.callsPerSample = callsPerSample
    repetitions = sorted.count
    secondsP50 = sorted[sorted.count / 2]
    secondsP90 = sorted[min(sorted.count - 1, sorted.count * 9 / 10)]
  }
}
