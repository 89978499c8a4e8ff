import Collectives
import Fabrics

// Reduce-scatter and all-gather.
extension CollectiveExercises {
  func allHalves() throws {
    for algorithm in AllReduceAlgorithm.promised where algorithm.hasHalves {
      for wire in WireType.allCases {
        for pieceElements in [1, 3, 64] {
          try halves(algorithm, wire, lengths: Array(0...40), pieceElements: pieceElements)
        }
        try halves(algorithm, wire, lengths: [65_537, 10_003, 160], pieceElements: 1000)
      }
    }
    try others()
  }

  /// A reduce-scatter leaves in each rank's segment what an all-reduce leaves there; what it leaves elsewhere is spoiled here,
  /// and the all-gather brings it back. All lengths are under way at once.
  public func halves(
    _ algorithm: AllReduceAlgorithm, _ wire: WireType, lengths: [Int], pieceElements: Int
  ) throws {
    let communicator = try communicator(pieceElements: pieceElements)
    communicator.wire = wire
    let memory = try SharedValues(lengths, communicator)
    for (length, buffer) in zip(lengths, memory.buffers) {
      _ = buffer.update(from: exerciseValues(rank: fabric.rank, count: length, salt: length))
    }
    let scattering = try zip(lengths, memory.buffers).map { length, buffer in
      try communicator.startReduceScatter(buffer, label: "\(length) elements", algorithm: algorithm)
    }
    for pending in scattering.reversed() { try communicator.finish(pending) }
    var gathering: [PendingAllReduce] = []
    for (length, buffer) in zip(lengths, memory.buffers) {
      let segment = try communicator.segment(of: buffer, algorithm: algorithm)
      try expectSums(buffer, in: segment, algorithm, wire, pieceElements, "reduce-scatter")
      for index in 0..<length where !segment.contains(index) { buffer[index] = .nan }
      gathering.append(try communicator.startAllGather(buffer, label: "\(length) elements", algorithm: algorithm))
      try communicator.progress()
    }
    for pending in gathering.reversed() { try communicator.finish(pending) }
    for buffer in memory.buffers {
      try expectSums(buffer, in: buffer.indices, algorithm, wire, pieceElements, "all-gather")
    }
  }

  private func expectSums(
    _ buffer: UnsafeMutableBufferPointer<Float>, in range: Range<Int>, _ algorithm: AllReduceAlgorithm,
    _ wire: WireType, _ pieceElements: Int, _ what: String
  ) throws {
    guard !range.isEmpty else { return }
    let length = buffer.count
    let naive = NaiveAllReduce(ranks.map { exerciseValues(rank: $0, count: length, salt: length) }, wire: wire)
    let expected = naive.sums(algorithm, hosts: hosts, pieceElements: pieceElements)
    for index in range where buffer[index].bitPattern != expected[index].bitPattern {
      throw ExerciseFailure(
        """
        rank \(fabric.rank) of \(fabric.worldSize) on hosts \(hosts): \(what) by \(algorithm) of \(length) elements, \
        \(wire), in pieces of \(pieceElements): element \(index) is \(buffer[index]), not \(expected[index])
        """)
    }
  }

  /// An all-gather never rounds, and algorithms without halves say so.
  private func others() throws {
    let communicator = try communicator()
    communicator.wire = .bf16
    let buffer = try SharedValues([1000], communicator).buffers[0]
    for algorithm in AllReduceAlgorithm.allCases {
      guard algorithm.hasHalves else {
        _ = try requireThrows(AlgorithmUnavailable.self) {
          _ = try communicator.startReduceScatter(buffer, label: "no halves", algorithm: algorithm)
        }
        continue
      }
      let values = exerciseValues(rank: 0, count: 1000, salt: 3)
      buffer.update(repeating: .nan)
      for index in try communicator.segment(of: buffer, algorithm: algorithm) { buffer[index] = values[index] }
      try communicator.finish(try communicator.startAllGather(buffer, label: "exact", algorithm: algorithm))
      try require(Array(buffer) == values, "rank \(fabric.rank): \(algorithm)'s all-gather of 1000 elements")
    }
  }
}
