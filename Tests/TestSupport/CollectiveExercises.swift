import Collectives
import Fabrics
import Tensors

/// Everything that the collectives promise, for one world size. Every rank runs the same exercises in the same order.
public struct CollectiveExercises {
  let fabric: any Fabric
  private let timeout: Duration

  public init(_ fabric: any Fabric, timeout: Duration = .seconds(60)) {
    self.fabric = fabric
    self.timeout = timeout
  }

  public func runAll() throws {
    for algorithm in AllReduceAlgorithm.promised {
      for wire in WireType.allCases {
        for pieceElements in [1, 3, 64] {
          try allReduce(algorithm, wire, lengths: Array(0...40), pieceElements: pieceElements)
        }
        try allReduce(algorithm, wire, lengths: [10_003], pieceElements: 100)
        try allReduce(algorithm, wire, lengths: [65_537, 20_003], pieceElements: MessageSizes().pieceElements)
      }
    }
    try allHalves()
    try allReduceOutsideOfWindows()
    try mpi()
    try broadcast()
    try allGather()
    try sumOfCounts()
    try agreement()
    try moments()
    try sumsOfStatistics()
    try spans()
    try statisticsDuringAllReduce()
    try measurement()
    try benchmark()
  }

  var ranks: Range<Int> { 0..<fabric.worldSize }

  func communicator(pieceElements: Int = 64, messageBytes: Int = 1 << 20) throws -> Communicator {
    var sizes = MessageSizes()
    (sizes.pieceElements, sizes.messageBytes) = (pieceElements, messageBytes)
    return try Communicator(fabric: fabric, timeout: timeout, sizes: sizes)
  }

  var hosts: [[Int]] { Topology(hostNumbers: fabric.hostOfRank).hosts }

  /// All lengths are under way at once and are finished in another order than they were started in.
  public func allReduce(
    _ algorithm: AllReduceAlgorithm, _ wire: WireType, lengths: [Int], pieceElements: Int
  ) throws {
    let communicator = try communicator(pieceElements: pieceElements)
    communicator.wire = wire
    let memory = try SharedValues(lengths, communicator)
    for (length, buffer) in zip(lengths, memory.buffers) {
      _ = buffer.update(from: exerciseValues(rank: fabric.rank, count: length, salt: length))
    }
    let pending = try zip(lengths, memory.buffers).map { length, buffer in
      let pending = try communicator.startAllReduce(buffer, label: "\(length) elements", algorithm: algorithm)
      try communicator.progress()
      return pending
    }
    for pending in pending.reversed() { try communicator.finish(pending) }
    for (length, buffer) in zip(lengths, memory.buffers) {
      let naive = NaiveAllReduce(ranks.map { exerciseValues(rank: $0, count: length, salt: length) }, wire: wire)
      let expected = length == 0 ? [] : naive.sums(algorithm, hosts: hosts, pieceElements: pieceElements)
      for index in 0..<length where buffer[index].bitPattern != expected[index].bitPattern {
        throw ExerciseFailure(
          """
          rank \(fabric.rank) of \(fabric.worldSize) on hosts \(hosts): \(algorithm) of \(length) elements, \(wire), in \
          pieces of \(pieceElements): element \(index) is \(buffer[index]), not \(expected[index])
          """)
      }
    }
  }

  /// Two levels need memory that is shared; what lies elsewhere takes the ring.
  private func allReduceOutsideOfWindows() throws {
    let communicator = try communicator()
    var values = exerciseValues(rank: fabric.rank, count: 1000, salt: 5)
    try values.withUnsafeMutableBufferPointer {
      try communicator.allReduce($0, label: "elsewhere", algorithm: .twoLevel)
    }
    let naive = NaiveAllReduce(ranks.map { exerciseValues(rank: $0, count: 1000, salt: 5) })
    let algorithm = hosts.contains { $0.count > 1 } ? AllReduceAlgorithm.ring : .twoLevel
    let expected = naive.sums(algorithm, hosts: hosts, pieceElements: 64)
    try require(values == expected, "rank \(fabric.rank): values outside of windows")
  }

  /// Small whole numbers, whose sums are exact in any order.
  public func mpi() throws {
    let communicator = try communicator()
    var values = (0..<5000).map { Float($0 % 100 + fabric.rank) }
    guard fabric is any VendorAllReduce || fabric.worldSize == 1 else {
      _ = try requireThrows(AlgorithmUnavailable.self) {
        try values.withUnsafeMutableBufferPointer { try communicator.allReduce($0, label: "MPI's", algorithm: .mpi) }
      }
      return
    }
    try values.withUnsafeMutableBufferPointer { try communicator.allReduce($0, label: "MPI's", algorithm: .mpi) }
    let expected = (0..<5000).map { index in Float(ranks.reduce(0) { $0 + index % 100 + $1 }) }
    try require(values == expected, "rank \(fabric.rank): MPI's all-reduce")
  }

  /// Measuring leaves zeros zero, and all ranks choose alike.
  private func measurement() throws {
    let communicator = try communicator(pieceElements: 1000)
    let memory = try SharedValues([100_000], communicator)
    let table = try communicator.measureAlgorithms(on: memory.buffers[0], within: .milliseconds(50))
    try require(memory.buffers[0].allSatisfy { $0 == 0 }, "a measurement changed values")
    let tables = try communicator.allGather(Array("\(table)".utf8))
    try require(tables.allSatisfy { $0 == tables[0] }, "rank \(fabric.rank) chose \(table)")
  }

  public func broadcast() throws {
    let communicator = try communicator(messageBytes: 300)
    for root in ranks {
      for count in [0, 1, 300, 1001] {
        let expected = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8 &+ root) }
        var bytes = fabric.rank == root ? expected : [UInt8](repeating: 0xEE, count: count)
        try bytes.withUnsafeMutableBytes { try communicator.broadcast($0, root: root) }
        try require(bytes == expected, "rank \(fabric.rank): \(count) bytes from root \(root) are wrong")
      }
    }
  }

  public func allGather() throws {
    let communicator = try communicator()
    for longest in [0, 1, 1000] {
      let part = { (rank: Int) in [UInt8](repeating: UInt8(rank + 1), count: rank % 3 == 1 ? 0 : longest + rank) }
      let all = try communicator.allGather(part(fabric.rank))
      try require(all == ranks.map(part), "rank \(fabric.rank): all-gather of up to \(longest) bytes is wrong")
      try communicator.barrier()
    }
  }

  public func sumOfCounts() throws {
    let sums = try communicator().sum([1, fabric.rank, -5 * fabric.rank, 1 << 55])
    let ranksSum = ranks.reduce(0, +)
    try require(
      sums == [fabric.worldSize, ranksSum, -5 * ranksSum, fabric.worldSize << 55], "sums of counts: \(sums)")
    try require(try communicator().sum([]) == [], "a sum of nothing")
  }

  public func agreement() throws {
    let communicator = try communicator()
    try communicator.agree(on: Digest(of: "same"), about: "the exercise")
    guard fabric.worldSize > 1 else { return }
    // With three ranks and more, the last one is odd; of two, the majority is by definition with rank 0.
    let odd = fabric.worldSize - 1
    let error = try requireThrows(Disagreement.self) {
      try communicator.agree(on: Digest(of: fabric.rank == odd ? "other" : "same"), about: "the exercise")
    }
    try require(error.oddRanks == [odd] && error.majority == Digest(of: "same"), "disagreement: \(error)")
    try require("\(error)".contains("rank \(odd) has \(Digest(of: "other"))"), "disagreement reads: \(error)")
  }

  /// Reduces one large and waits with another: the collectives that wait must move those that do not.
  public func statisticsDuringAllReduce() throws {
    let communicator = try communicator(pieceElements: 10)
    let statistics = StatisticsExchange(communicator: communicator)
    let memory = try SharedValues([30_000, 30_000], communicator)
    for buffer in memory.buffers { buffer.update(repeating: Float(fabric.rank)) }
    var pending = [try communicator.startAllReduce(memory.buffers[0], label: "beside statistics", algorithm: .ring)]
    for round in 1...100 {
      var values = [Double(round * fabric.rank)]
      try values.withUnsafeMutableBufferPointer { try statistics.sum($0) }
      try require(values[0] == Double(round * ranks.reduce(0, +)), "sum \(round) beside an all-reduce")
      // As many collectives after the first as all-reduces have tags of their own: the two must not share them.
      if round == 63 {
        pending.append(try communicator.startAllReduce(memory.buffers[1], label: "the second", algorithm: .ring))
      }
    }
    for pending in pending { try communicator.finish(pending) }
    for buffer in memory.buffers {
      try require(buffer.allSatisfy { $0 == Float(ranks.reduce(0, +)) }, "all-reduces beside statistics")
    }
  }

  /// With and without room for more buffers than two, and samples of one call and of several.
  public func benchmark() throws {
    let algorithms = BenchmarkedAlgorithm.allCases.filter { $0 != .mpi || fabric is any VendorAllReduce }
    let summing = algorithms.filter { $0 != .memcpy }
    for (inPlaceOnly, sampleSeconds) in [(false, 0), (true, 1e-5)] {
      let plan = AllReduceBenchmarkPlan(
        elementCounts: [0, 1, 5000], inPlaceOnly: inPlaceOnly, repetitions: 3, rotationBytes: 50_000,
        sampleSeconds: sampleSeconds)
      let timings = try benchmarkAllReduce(communicator(), plan)
      let one = summing + (inPlaceOnly ? [] : summing) + [.memcpy]
      try require(timings.map(\.contender.algorithm) == one + one + one, "benchmark: \(timings)")
      try require(timings.filter(\.contender.inPlace).count == 3 * summing.count, "benchmark: \(timings)")
      try require(timings.allSatisfy { $0.secondsP50 <= $0.secondsP90 && $0.secondsP50 > 0 }, "benchmark: \(timings)")
    }
  }
}

extension AllReduceAlgorithm {
  /// Those with an order of summation that they promise.
  public static var promised: [Self] { allCases.filter { $0 != .mpi } }
}

/// Values in memory that the host's ranks share, each on a cache line of its own, all zero; in private memory where none is
/// shared. They stay: after an error messages may still be under way.
struct SharedValues {
  let buffers: [UnsafeMutableBufferPointer<Float>]

  init(_ lengths: [Int], _ communicator: Communicator) throws {
    let strides = lengths.map { roundUp(4 * $0, to: 64) }
    let bytes = strides.reduce(64, +)
    let window = try communicator.makeWindow(bytes: bytes)
    let memory = window?.bytes ?? .allocate(byteCount: bytes, alignment: 64)
    if window == nil { memory.initializeMemory(as: UInt8.self, repeating: 0) }
    if let window { _ = Unmanaged.passRetained(window) }
    var offset = 0
    buffers = zip(lengths, strides).map { length, stride in
      defer { offset += stride }
      return UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + 4 * length]).bindMemory(to: Float.self)
    }
  }
}

/// Values as in the exercises, for tests.
public func sharedValues(
  count: Int, _ communicator: Communicator
) throws -> UnsafeMutableBufferPointer<Float> {
  try SharedValues([count], communicator).buffers[0]
}
