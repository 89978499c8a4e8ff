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
    for pieceElements in [1, 3, 64] { try allReduce(lengths: Array(0...40), pieceElements: pieceElements) }
    try allReduce(lengths: [100_003], pieceElements: 1000)
    try allReduce(lengths: [65_537, 262_144, 100_003], pieceElements: Communicator.defaultPieceElements)
    try broadcast()
    try allGather()
    try sumOfCounts()
    try agreement()
    try moments()
    try sumsOfStatistics()
    try statisticsDuringAllReduce()
    try benchmark()
  }

  var ranks: Range<Int> { 0..<fabric.worldSize }

  func communicator(pieceElements: Int = 64, messageBytes: Int = 1 << 20) -> Communicator {
    Communicator(fabric: fabric, timeout: timeout, pieceElements: pieceElements, messageBytes: messageBytes)
  }

  /// All lengths are under way at once and are finished in another order than they were started in.
  public func allReduce(lengths: [Int], pieceElements: Int) throws {
    let communicator = communicator(pieceElements: pieceElements)
    let buffers = lengths.map { length in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: length)
      _ = buffer.initialize(from: exerciseValues(rank: fabric.rank, count: length, salt: length))
      return buffer
    }
    let pending = try zip(lengths, buffers).map { length, buffer in
      let pending = try communicator.startAllReduce(buffer, label: "\(length) elements")
      try communicator.progress()
      return pending
    }
    for pending in pending.reversed() { try communicator.finish(pending) }
    for (length, buffer) in zip(lengths, buffers) {
      let expected = naiveAllReduce(ranks.map { exerciseValues(rank: $0, count: length, salt: length) })
      for index in 0..<length where buffer[index].bitPattern != expected[index].bitPattern {
        throw ExerciseFailure(
          """
          rank \(fabric.rank) of \(fabric.worldSize): all-reduce of \(length) elements in pieces of \(pieceElements): \
          element \(index) is \(buffer[index]), not \(expected[index])
          """)
      }
    }
    // Not on the error path: messages may then still be under way.
    for buffer in buffers { buffer.deallocate() }
  }

  public func broadcast() throws {
    let communicator = communicator(messageBytes: 300)
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
    let communicator = communicator()
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
    let communicator = communicator()
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
    let communicator = communicator(pieceElements: 50)
    let statistics = StatisticsExchange(communicator: communicator)
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 5000)
    buffer.initialize(repeating: Float(fabric.rank))
    let pending = try communicator.startAllReduce(buffer, label: "beside statistics")
    for round in 0..<20 {
      var values = [Double(round * fabric.rank)]
      try values.withUnsafeMutableBufferPointer { try statistics.sum($0) }
      try require(values[0] == Double(round * ranks.reduce(0, +)), "sum \(round) beside an all-reduce")
    }
    try communicator.finish(pending)
    try require(buffer.allSatisfy { $0 == Float(ranks.reduce(0, +)) }, "an all-reduce beside statistics")
    buffer.deallocate()
  }

  public func benchmark() throws {
    let timings = try benchmarkAllReduce(communicator(), elementCounts: [0, 1, 5000], repetitions: 2)
    let algorithms = AllReduceTiming.Algorithm.allCases.filter { $0 != .mpi || fabric is any VendorAllReduce }
    try require(timings.map(\.algorithm) == algorithms + algorithms + algorithms, "benchmark: \(timings)")
    try require(timings.allSatisfy { $0.secondsP50 <= $0.secondsP90 && $0.secondsP50 > 0 }, "benchmark: \(timings)")
  }
}
