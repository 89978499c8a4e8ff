import Fabrics

/// What `benchmarkAllReduce` can time. The raw values are the names on the command line and in reports.
public enum BenchmarkedAlgorithm: String, Hashable, Sendable, CaseIterable, Codable {
  /// This project's own, as `AllReduceAlgorithm` describes them.
  case twoLevel = "two_level"
  case ring
  case recursiveDoubling = "recursive_doubling"
  case halvingDoubling = "halving_doubling"
  /// The all-reduce that the fabric's library brings; left out where there is none.
  case mpi
  /// The memory bound: all ranks at once copy the message from one buffer of their own into another. An all-reduce of S
  /// bytes in shared memory has to read S bytes of every rank and to write S bytes of every rank, whoever does it, which
  /// is what these copies do; so "seconds of an all-reduce over seconds of memcpy" says how far it is from that bound.
  /// What an all-reduce reads or writes twice, and what it sums, comes on top.
  case memcpy
}

/// An algorithm, and where it leaves the sums.
public struct AllReduceContender: Hashable, Sendable {
  public let algorithm: BenchmarkedAlgorithm
  /// The sums replace the values. Otherwise they go from a source, which stays as it is, into a target.
  public let inPlace: Bool

  /// Whether it only bounds what an all-reduce can reach, and sums nothing.
  var isBound: Bool { algorithm == .memcpy }

  /// MPI sends f32, and memcpy sends nothing.
  public func typeOnWire(_ wire: WireType) -> WireType { algorithm == .mpi || isBound ? .f32 : wire }

  /// Every one of `algorithms` in place, then, unless `inPlaceOnly`, from source to target; last the bound, which has
  /// one form and is never left out.
  static func all(of algorithms: [BenchmarkedAlgorithm], inPlaceOnly: Bool) -> [AllReduceContender] {
    let summing = algorithms.filter { $0 != .memcpy }
    return summing.map { AllReduceContender(algorithm: $0, inPlace: true) }
      + (inPlaceOnly ? [] : summing.map { AllReduceContender(algorithm: $0, inPlace: false) })
      + algorithms.filter { $0 == .memcpy }.map { AllReduceContender(algorithm: $0, inPlace: false) }
  }

  /// Sums once over all ranks. Our own algorithms work in place alone, so for them a copy comes first and counts.
  func run(_ buffers: RotatingBuffers.Pair, over communicator: Communicator) throws {
    switch algorithm {
    case .twoLevel, .ring, .recursiveDoubling, .halvingDoubling:
      if !inPlace { buffers.copy() }
      try communicator.allReduce(
        buffers.target, label: "benchmark", algorithm: AllReduceAlgorithm(rawValue: algorithm.rawValue))
    case .mpi:
      guard let fabric = communicator.fabric as? any VendorAllReduce else { return }
      if inPlace {
        try fabric.vendorAllReduce(buffers.target)
      } else {
        try fabric.vendorAllReduce(from: buffers.source, into: buffers.target)
      }
    case .memcpy: buffers.copy()
    }
  }
}
