import Fabrics
import Tensors

extension Communicator {
  /// Times the algorithms that promise an order of summation, and chooses one for each size of message. Every rank calls it
  /// with the same arguments and gets the same table.
  ///
  /// What takes another's place must be clearly faster, so that two runs on the same hosts choose alike.
  ///
  /// - Parameters:
  ///   - values: memory to send, as large as the largest message, all zero; it stays so.
  ///   - budget: about how long it may take.
  ///   - candidates: the first of them is the first choice.
  public func measureAlgorithms(
    on values: UnsafeMutableBufferPointer<Float>, within budget: Duration,
    among candidates: [AllReduceAlgorithm] = [.twoLevel, .ring, .recursiveDoubling, .halvingDoubling]
  ) throws -> AlgorithmTable {
    guard worldSize > 1 else { return .default }
    var best: [(elements: Int, algorithm: AllReduceAlgorithm)] = []
    var left = budget.seconds
    var elements = Tuning.leastElements
    while elements <= values.count {
      let part = UnsafeMutableBufferPointer(rebasing: values[..<elements])
      let start = ContinuousClock.now
      let seconds = try candidates.map { try time($0, on: part) }
      // Everyone decides from the slowest rank's times.
      let slowest = try maxima(seconds + [(ContinuousClock.now - start).seconds])
      best.append((elements, candidates[Tuning.choice(slowest.dropLast())]))
      left -= slowest[candidates.count]
      guard left > Tuning.growth * slowest[candidates.count] else { break }
      elements *= Int(Tuning.growth)
    }
    return Tuning.table(best)
  }

  /// The fastest of some repetitions, after one that is not counted: what else the machine does only makes them slower.
  private func time(
    _ algorithm: AllReduceAlgorithm, on values: UnsafeMutableBufferPointer<Float>
  ) throws -> Double {
    var seconds: [Double] = []
    for _ in 0...Tuning.repetitions {
      try barrier()
      let start = ContinuousClock.now
      try allReduce(values, label: "measurement", algorithm: algorithm)
      seconds.append((ContinuousClock.now - start).seconds)
    }
    return seconds.dropFirst().min() ?? 0
  }

  /// The largest of each number over the ranks.
  func maxima(_ values: [Double]) throws -> [Double] {
    var maxima = values
    try maxima.withUnsafeMutableBytes { bytes in
      try combine(bytes, in: everyone, label: "maxima") { most, part in
        let (most, part) = (most.assumingMemoryBound(to: Double.self), part.assumingMemoryBound(to: Double.self))
        for index in 0..<values.count { most[index] = max(most[index], part[index]) }
      }
    }
    return maxima
  }
}

enum Tuning {
  /// 16 KB; what is smaller takes the same algorithm.
  static let leastElements = 4096
  /// From one size to the next.
  static let growth = 8.0
  static let repetitions = 4
  /// How many times as fast as the first choice another one must be.
  private static let clearly = 1.5

  /// The first of `seconds`, unless another one is clearly better; then the best.
  static func choice(_ seconds: some Collection<Double>) -> Int {
    let seconds = Array(seconds)
    let best = seconds.indices.min { seconds[$0] < seconds[$1] } ?? 0
    return seconds[best] * clearly < seconds[0] ? best : 0
  }

  /// Each size stands for those around it, up to half way to the next one, as factors go.
  static func table(_ best: [(elements: Int, algorithm: AllReduceAlgorithm)]) -> AlgorithmTable {
    var entries: [AlgorithmTable.Entry] = []
    for (index, choice) in best.enumerated() {
      let isLast = index == best.count - 1
      if !isLast, best[index + 1].algorithm == choice.algorithm { continue }
      let bytes = Double(choice.elements * ElementType.f32.bytes) * growth.squareRoot()
      entries.append(.init(upToBytes: isLast ? nil : Int(bytes), algorithm: choice.algorithm))
    }
    return entries.isEmpty ? .default : AlgorithmTable(entries)
  }
}
