import Collectives
import Tensors

/// Rounds of collectives in which one rank, once, does not do what the others do.
///
/// Every rank's values are such that each sum over any ranks can be told from everything else: after an error each value
/// must be the rank's own or such a sum, and what lies around the values must be as it was.
public struct MismatchExercise {
  public enum Fault: String, CaseIterable, Sendable {
    /// Leaves a collective out.
    case skip
    /// Swaps two that follow each other.
    case reorder
    /// Gives another number of elements.
    case size
    /// Sends another type.
    case type
    /// Leaves in order while the others go on.
    case early
  }

  enum Operation: Equatable {
    case allReduce(AllReduceAlgorithm, elements: Int, WireType)
    case sum(count: Int)
    case barrier
    case gather
  }

  private static let rounds = 6
  private static let elements = 40_003
  private static let guardElements = 16
  private static let guardValue = Float(-7)

  private let communicator: Communicator
  private let statistics: StatisticsExchange
  private let fault: Fault
  private let culprit: Int
  private let memory: SharedValues
  private var random: KeyedRandom

  /// Every rank calls it, of at most five: their sums are exact in any type.
  public init(_ communicator: Communicator, _ fault: Fault, culprit: Int, seed: UInt64) throws {
    precondition(communicator.worldSize <= 5)
    (self.communicator, self.fault, self.culprit) = (communicator, fault, culprit)
    statistics = StatisticsExchange(communicator: communicator)
    random = KeyedRandom(seed: seed, purpose: .testing, index: culprit)
    let length = Self.elements + 1 + 2 * Self.guardElements
    memory = try SharedValues(AllReduceAlgorithm.promised.map { _ in length }, communicator)
  }

  /// Throws what the communicator throws, or an `ExerciseFailure` if values were touched that must not be.
  ///
  /// - Parameter event: told, on the culprit, what it is about to do.
  public mutating func run(event: (String) -> Void) throws {
    let faultyRound = Int.random(in: 1..<Self.rounds - 1, using: &random)
    for round in 0..<Self.rounds {
      var operations = Self.operations
      if round == faultyRound, communicator.rank == culprit {
        let what = disturb(&operations)
        event("rank \(culprit) \(what) in round \(round)")
        if fault == .early { return }
      }
      fill()
      do {
        try run(operations)
      } catch {
        try requireIntact(after: error)
        throw error
      }
    }
  }

  private static var operations: [Operation] {
    AllReduceAlgorithm.promised.map { .allReduce($0, elements: elements, .f32) } + [
      .sum(count: 100), .barrier, .gather,
    ]
  }

  private mutating func disturb(_ operations: inout [Operation]) -> String {
    let allReduces = AllReduceAlgorithm.promised.count
    switch fault {
    case .early: return "leaves"
    case .skip:
      return "leaves out \(operations.remove(at: Int.random(in: operations.indices, using: &random)))"
    case .reorder:
      let index = Int.random(in: 1..<operations.count, using: &random)
      operations.swapAt(index - 1, index)
      return "swaps \(operations[index - 1]) and \(operations[index])"
    case .size, .type:
      let index = Int.random(in: 0..<allReduces + (fault == .size ? 1 : 0), using: &random)
      if case .allReduce(let algorithm, let elements, _) = operations[index] {
        operations[index] =
          fault == .size
          ? .allReduce(algorithm, elements: elements + 1, .f32) : .allReduce(algorithm, elements: elements, .bf16)
      } else {
        operations[index] = .sum(count: 101)
      }
      return "does \(operations[index])"
    }
  }

  private func run(_ operations: [Operation]) throws {
    var pending: [PendingAllReduce] = []
    for operation in operations {
      switch operation {
      case .allReduce(let algorithm, let elements, let wire):
        communicator.wire = wire
        let values = UnsafeMutableBufferPointer(rebasing: values(algorithm)[..<elements])
        pending.append(try communicator.startAllReduce(values, label: "\(algorithm)", algorithm: algorithm))
      case .sum(let count):
        var numbers = [Double](repeating: Double(1 << communicator.rank), count: count)
        try numbers.withUnsafeMutableBufferPointer { try statistics.sum($0) }
        try require(numbers.allSatisfy { $0 == Double(allRanks) }, "corrupted: sums \(numbers)")
      case .barrier: try communicator.barrier()
      case .gather: _ = try communicator.allGather([UInt8](repeating: UInt8(communicator.rank), count: 100))
      }
    }
    for pending in pending { try communicator.finish(pending) }
    try requireIntact { $0 == allRanks }
  }
}

// Values, and what may become of them.
extension MismatchExercise {
  private var allRanks: Int { 1 << communicator.worldSize - 1 }

  private func values(_ algorithm: AllReduceAlgorithm) -> UnsafeMutableBufferPointer<Float> {
    let buffer = memory.buffers[AllReduceAlgorithm.promised.firstIndex(of: algorithm)!]
    return UnsafeMutableBufferPointer(rebasing: buffer[Self.guardElements..<buffer.count - Self.guardElements])
  }

  private func factor(_ index: Int) -> Int { 1 + index % 8 }

  private func fill() {
    for buffer in memory.buffers { buffer.update(repeating: Self.guardValue) }
    for algorithm in AllReduceAlgorithm.promised {
      let values = values(algorithm)
      for index in values.indices { values[index] = Float(factor(index) << communicator.rank) }
    }
  }

  private func requireIntact(after error: any Error) throws {
    // Sums of any ranks, this one among them.
    try requireIntact { $0 & ~allRanks == 0 && $0 & 1 << communicator.rank != 0 }
  }

  /// - Parameter sum: whether it may be that of these ranks, a bit for each.
  private func requireIntact(_ sum: (Int) -> Bool) throws {
    for algorithm in AllReduceAlgorithm.promised {
      let values = values(algorithm)
      for (index, value) in values.dropLast().enumerated() {
        let ranks = Int(value) / factor(index)
        try require(
          Float(ranks * factor(index)) == value && sum(ranks),
          "corrupted: rank \(communicator.rank), \(algorithm), element \(index) is \(value)")
      }
    }
    for buffer in memory.buffers {
      for value in [buffer.prefix(Self.guardElements), buffer.suffix(Self.guardElements)].joined() {
        try require(value == Self.guardValue, "corrupted: \(value) beside the values of rank \(communicator.rank)")
      }
    }
  }
}
