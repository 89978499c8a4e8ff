import Fabrics

/// The contenders at one message size: checked, then timed in turn, then checked again. Every rank makes the same calls.
///
/// A single call of a few kilobytes takes less than the ranks' way out of the barrier differs by. So a sample is a number
/// of calls in a row between two barriers, over as many buffers, and its time is divided by that number, as in nccl-tests.
/// The number is the same for all contenders, so that each pays the same share of a barrier, and 1 for large messages.
final class AllReduceTrial {
  private let communicator: Communicator
  private let elements: Int
  private let values: BenchmarkValues
  private var buffers: RotatingBuffers

  init(_ communicator: Communicator, elements: Int, _ rotation: RotationPlan, in memory: UnsafeMutableRawBufferPointer)
  {
    self.communicator = communicator
    self.elements = elements
    values = BenchmarkValues(rank: communicator.rank, worldSize: communicator.worldSize)
    buffers = RotatingBuffers(rotation, elements: elements, values: values, in: memory)
  }

  func timings(of contenders: [AllReduceContender], _ plan: AllReduceBenchmarkPlan) throws -> [AllReduceTiming] {
    for contender in contenders { try check(contender) }
    let calls = try callsPerSample(contenders, atLeast: plan.sampleSeconds)
    var seconds = [[Double]](repeating: [], count: contenders.count)
    for _ in 0..<plan.repetitions {
      for (index, contender) in contenders.enumerated() {
        seconds[index].append(try sampleSeconds(contender, calls: calls) / Double(calls))
      }
    }
    for contender in contenders { try check(contender) }
    return contenders.enumerated().map { index, contender in
      AllReduceTiming(
        contender, wire: communicator.wire, ranks: communicator.worldSize, elements: elements, callsPerSample: calls,
        seconds: seconds[index])
    }
  }

  /// Runs once, also to warm up, and looks at every element of the target, and of the source where that must not change.
  private func check(_ contender: AllReduceContender) throws {
    let pair = buffers.next()
    if contender.inPlace { values.fill(pair.target) } else { pair.target.update(repeating: .nan) }
    try contender.run(pair, over: communicator)
    let sums = UnsafeBufferPointer(pair.target)
    try require(contender.isBound ? values.firstChanged(sums) : values.firstWrongSum(sums), isSource: false, contender)
    if !contender.inPlace { try require(values.firstChanged(pair.source), isSource: true, contender) }
  }

  private func require(
    _ mismatch: BenchmarkValues.Mismatch?, isSource: Bool, _ contender: AllReduceContender
  ) throws {
    guard let mismatch else { return }
    throw AllReduceBenchmarkError(
      contender: contender, rank: communicator.rank, isSource: isSource, index: mismatch.index,
      expected: mismatch.expected, got: mismatch.got)
  }

  /// So many that a sample of the fastest all-reduce lasts `seconds`; no more than there are buffers. (The bound does not
  /// count: it takes no part in the barrier's skew, and the slow all-reduces would have to make its number of calls.)
  private func callsPerSample(_ contenders: [AllReduceContender], atLeast seconds: Double) throws -> Int {
    let summing = contenders.filter { !$0.isBound }
    // Several times each, since one sample may have been interrupted.
    let tried = [[AllReduceContender]](repeating: summing.isEmpty ? contenders : summing, count: 3).flatMap(\.self)
    var calls = 1
    while calls < buffers.count {
      // The slowest rank's, so every rank comes to the same number.
      let fastest = try tried.map { try sampleSeconds($0, calls: calls) }.min() ?? 0
      if fastest >= seconds { break }
      let growth = fastest > 0 ? min(8, max(1.5, 1.2 * seconds / fastest)) : 8
      calls = min(buffers.count, Int((Double(calls) * growth).rounded(.up)))
    }
    return calls
  }

  /// The slowest rank's seconds for `calls` calls. Of the bound, until all ranks are through: those that share a processor
  /// copy one after the other, which no rank's own time shows. (In an all-reduce every rank waits for all.)
  private func sampleSeconds(_ contender: AllReduceContender, calls: Int) throws -> Double {
    buffers.prepare(calls: calls)
    try communicator.barrier()
    let seconds = try ContinuousClock().measure {
      for _ in 0..<calls { try contender.run(buffers.next(), over: communicator) }
      if contender.isBound { try communicator.barrier() }
    }.seconds
    return try communicator.allGather([seconds], label: "times").max() ?? seconds
  }
}
