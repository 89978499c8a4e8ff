import Tensors

/// What `benchmarkAllReduce` times. All ranks give the same, but for `rotationBytes`, of which the largest counts.
public struct AllReduceBenchmarkPlan: Hashable, Sendable {
  /// f32 elements of each message.
  public let elementCounts: [Int]
  public let algorithms: [BenchmarkedAlgorithm]
  public let wire: WireType
  /// Leaves out all-reduces from a source into a target.
  public let inPlaceOnly: Bool
  /// Samples of each contender at each size.
  public let repetitions: Int
  /// Bytes that a rank goes through before it uses a buffer again; see `RotationPlan`.
  public let rotationBytes: Int
  /// The least that a sample of the fastest all-reduce shall last: short messages are timed by several calls.
  public let sampleSeconds: Double

  public init(
    elementCounts: [Int], algorithms: [BenchmarkedAlgorithm] = BenchmarkedAlgorithm.allCases, wire: WireType = .f32,
    inPlaceOnly: Bool = false,
    repetitions: Int, rotationBytes: Int = usualRotationBytes(), sampleSeconds: Double = 1e-3
  ) {
    precondition(elementCounts.allSatisfy { (0...Int(Int32.max)).contains($0) }, "MPI counts elements with an int")
    precondition(repetitions >= 1, "\(repetitions) repetitions")
    precondition(rotationBytes >= 0 && sampleSeconds >= 0, "\(rotationBytes) bytes, \(sampleSeconds) s")
    self.elementCounts = elementCounts
    self.algorithms = algorithms
    self.wire = wire
    self.inPlaceOnly = inPlaceOnly
    self.repetitions = repetitions
    self.rotationBytes = rotationBytes
    self.sampleSeconds = sampleSeconds
  }

  /// Of what the ranks must agree on.
  var digest: Digest {
    Digest(
      of: "\(elementCounts) \(algorithms.map(\.rawValue)) \(wire) \(inPlaceOnly) \(repetitions) \(sampleSeconds)")
  }
}
