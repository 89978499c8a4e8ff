import Fabrics
import Glibc
import Tensors

/// One figure of `benchmarkAllReduce`, in the conventions of NVIDIA's nccl-tests (PERFORMANCE.md).
public struct AllReduceTiming: Hashable, Sendable, Codable {
  public enum Algorithm: String, Hashable, Sendable, CaseIterable, Codable {
    /// This project's ring.
    case ring
    /// The all-reduce that the fabric's library brings; left out where there is none.
    case mpi
    /// Each rank copies as many bytes in its own memory: what the machine's memory allows.
    case memcpy
  }

  public let algorithm: Algorithm
  public let ranks: Int
  public let elements: Int
  public let bytes: Int
  public let repetitions: Int
  /// Of the slowest rank in each repetition: the median, and the 90th percentile.
  public let secondsP50: Double
  public let secondsP90: Double
  /// Bytes of the message over seconds, from the median, in 10^9 bytes per second.
  public let algorithmGigabytesPerSecond: Double
  /// The same times 2(N-1)/N: what an all-reduce that is bound by its links has to move over each.
  public let busGigabytesPerSecond: Double
}

/// Times all-reduces of f32 values, the algorithms in turn within every repetition, so that whatever else the machine
/// does falls on all of them. Every rank calls it with the same arguments and gets the same results.
///
/// - Throws: `AllReduceBenchmarkError` when an answer is wrong; what `Communicator` throws otherwise.
public func benchmarkAllReduce(
  _ communicator: Communicator, elementCounts: [Int],
  algorithms: [AllReduceTiming.Algorithm] = AllReduceTiming.Algorithm.allCases, repetitions: Int
) throws -> [AllReduceTiming] {
  precondition(repetitions >= 1, "\(repetitions) repetitions")
  try communicator.agree(
    on: Digest(of: "\(elementCounts) \(algorithms.map(\.rawValue)) \(repetitions)"), about: "what to time")
  let algorithms = algorithms.filter { $0 != .mpi || communicator.fabric is any VendorAllReduce }
  return try elementCounts.flatMap { elements in
    let contender = AllReduceContender(communicator, elements: elements)
    for algorithm in algorithms { try contender.check(algorithm) }
    var seconds = [[Double]](repeating: [], count: algorithms.count)
    for _ in 0..<repetitions {
      for (index, algorithm) in algorithms.enumerated() {
        seconds[index].append(try contender.time(algorithm))
      }
    }
    return algorithms.enumerated().map { index, algorithm in
      timing(algorithm, communicator.worldSize, elements, seconds[index])
    }
  }
}

/// An all-reduce gave a wrong sum.
public struct AllReduceBenchmarkError: Error, Hashable, Sendable, CustomStringConvertible {
  public let algorithm: AllReduceTiming.Algorithm
  public let rank: Int
  public let index: Int
  public let expected: Float
  public let got: Float

  public var description: String {
    "\(algorithm.rawValue): on rank \(rank), element \(index) is \(got) and should be \(expected)"
  }
}

private func timing(
  _ algorithm: AllReduceTiming.Algorithm, _ ranks: Int, _ elements: Int, _ seconds: [Double]
) -> AllReduceTiming {
  let sorted = seconds.sorted()
  let median = sorted[sorted.count / 2]
  let bytes = elements * ElementType.f32.bytes
  let algorithmBandwidth = median > 0 ? Double(bytes) / median / 1e9 : 0
  return AllReduceTiming(
    algorithm: algorithm, ranks: ranks, elements: elements, bytes: bytes, repetitions: seconds.count,
    secondsP50: median, secondsP90: sorted[min(sorted.count - 1, sorted.count * 9 / 10)],
    algorithmGigabytesPerSecond: algorithmBandwidth,
    busGigabytesPerSecond: algorithmBandwidth * 2 * Double(ranks - 1) / Double(ranks))
}

/// The values of one element count, and the ways to sum them.
private final class AllReduceContender {
  private let communicator: Communicator
  private let source: AlignedBuffer
  private let target: AlignedBuffer
  private let elements: Int

  init(_ communicator: Communicator, elements: Int) {
    self.communicator = communicator
    self.elements = elements
    source = AlignedBuffer(bytes: elements * ElementType.f32.bytes)
    target = AlignedBuffer(bytes: elements * ElementType.f32.bytes)
    let values = source.elements(Float.self)
    for index in 0..<elements { values[index] = value(index, rank: communicator.rank) }
  }

  /// Small integers, whose sums are exact in any order and differ at every rank and at neighbouring indices.
  private func value(_ index: Int, rank: Int) -> Float { Float((index + 61 * rank) % 1021) }

  /// Runs once, also to warm up, and looks at every element.
  func check(_ algorithm: AllReduceTiming.Algorithm) throws {
    target.bytes.copyMemory(from: UnsafeRawBufferPointer(source.bytes))
    try run(algorithm)
    guard algorithm != .memcpy else { return }
    let sums = target.elements(Float.self)
    for index in 0..<elements {
      var expected: Float = 0
      for rank in 0..<communicator.worldSize { expected += value(index, rank: rank) }
      guard sums[index] == expected else {
        throw AllReduceBenchmarkError(
          algorithm: algorithm, rank: communicator.rank, index: index, expected: expected, got: sums[index])
      }
    }
  }

  /// The slowest rank's seconds.
  func time(_ algorithm: AllReduceTiming.Algorithm) throws -> Double {
    target.bytes.copyMemory(from: UnsafeRawBufferPointer(source.bytes))
    try communicator.barrier()
    let clock = ContinuousClock()
    let seconds = try clock.measure { try run(algorithm) }.seconds
    return try communicator.allGather([seconds], label: "times").max() ?? seconds
  }

  private func run(_ algorithm: AllReduceTiming.Algorithm) throws {
    let values = target.elements(Float.self)
    switch algorithm {
    case .ring: try communicator.allReduce(values, label: "benchmark")
    case .mpi: try (communicator.fabric as? any VendorAllReduce)?.vendorAllReduce(values)
    case .memcpy: target.bytes.copyMemory(from: UnsafeRawBufferPointer(source.bytes))
    }
  }
}
