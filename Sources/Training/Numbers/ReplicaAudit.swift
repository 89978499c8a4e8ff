import Collectives
import Tensors

/// Compares what all ranks should have in common, bit by bit: a fault of a host's memory or processor shows in no loss for a
/// long time.
package struct ReplicaAudit {
  /// An arena that is the same on every rank.
  struct Subject {
    let name: String
    let layout: ArenaLayout
    let memory: UnsafeMutableRawBufferPointer
  }

  private let communicator: Communicator
  private let subjects: [Subject]

  /// - Parameter sharesStatistics: whether all ranks track the same running statistics.
  package init(_ training: TrainingStep, sharesStatistics: Bool, communicator: Communicator) {
    self.communicator = communicator
    let (replica, update) = (training.replica, training.update)
    let (parameters, statistics) = (replica.table.parameters, replica.table.statistics)
    var subjects: [Subject] = []
    func add(_ name: String, _ layout: ArenaLayout, _ floats: UnsafeMutableBufferPointer<Float>) {
      subjects.append(Subject(name: name, layout: layout, memory: UnsafeMutableRawBufferPointer(floats)))
    }
    add("weights", parameters, replica.parameters)
    if !update.isSharded { add("optimizer state", parameters, update.velocity) }
    if sharesStatistics { add("running statistics", statistics, replica.statistics) }
    if let average = training.average {
      add("averaged weights", parameters, average.parameters.floats)
      if sharesStatistics { add("averaged statistics", statistics, average.statistics.floats) }
    }
    self.subjects = subjects
  }

  /// Nil when all ranks have the same. Every rank calls it, between steps, and gets the same.
  package func difference() throws -> ReplicaDifference? {
    let own = subjects.map { Digest(of: UnsafeRawBufferPointer($0.memory)).value }
    let all = try communicator.allGather(own, label: "audit of the replicas")
    if zip(all.indices, all).allSatisfy({ $1 == all[$0 % own.count] }) { return nil }
    return try named()
  }

  /// Which tensors differ, and on which ranks.
  private func named() throws -> ReplicaDifference {
    let parts = subjects.flatMap { subject in subject.layout.parts.map { (subject, $0) } }
    let own = parts.map { subject, part in
      Digest(of: UnsafeRawBufferPointer(rebasing: subject.memory[part.byteRange])).value
    }
    let all = try communicator.allGather(own, label: "digests of every tensor")
    let tensors = parts.indices.compactMap { index -> ReplicaDifference.Tensor? in
      let digests = (0..<communicator.worldSize).map { all[$0 * own.count + index] }
      let odd = oddRanks(digests)
      return odd.isEmpty
        ? nil
        : ReplicaDifference.Tensor(
          subject: parts[index].0.name, name: parts[index].1.name,
          ranks: odd.map { communicator.jobRanks[$0] })
    }
    return ReplicaDifference(tensors: tensors, worldSize: communicator.worldSize)
  }
}

/// The ranks whose digest is not that of more than half of all; where none is, every rank. Empty when all are equal.
package func oddRanks(_ digests: [UInt64]) -> [Int] {
  let counts = Dictionary(digests.map { ($0, 1) }, uniquingKeysWith: +)
  if counts.count == 1 { return [] }
  let majority = counts.first { $0.value * 2 > digests.count }?.key
  return digests.indices.filter { digests[$0] != majority }
}
