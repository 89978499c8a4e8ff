import Fabrics

/// Times all-reduces of f32 values, the contenders in turn within every repetition, so that whatever else the machine
/// does falls on all of them. Before and after that, each one's answer is checked at every element. Every rank calls it,
/// with the same plan, and gets the same results: size by size, in the order of `AllReduceContender.all`.
///
/// - Parameter willTime: told each element count before it is timed.
/// - Throws: `AllReduceBenchmarkError` when an answer is wrong; what `Communicator` throws otherwise.
public func benchmarkAllReduce(
  _ communicator: Communicator, _ plan: AllReduceBenchmarkPlan, willTime: (_ elements: Int) -> Void = { _ in }
) throws -> [AllReduceTiming] {
  try communicator.agree(on: plan.digest, about: "what to time")
  let algorithms = plan.algorithms.filter { $0 != .mpi || communicator.fabric is any VendorAllReduce }
  let contenders = AllReduceContender.all(of: algorithms, inPlaceOnly: plan.inPlaceOnly)
  // Hosts may have unlike caches, and the number of buffers must be the same everywhere.
  let rotationBytes = try communicator.allGather([plan.rotationBytes], label: "cache sizes").max() ?? 0
  let rotations = plan.elementCounts.map {
    RotationPlan(elements: $0, rotationBytes: rotationBytes, hasSources: contenders.contains { !$0.inPlace })
  }
  let memory = try benchmarkMemory(bytes: rotations.map(\.totalBytes).max() ?? 0, for: communicator)
  let wire = communicator.wire
  communicator.wire = plan.wire
  defer { communicator.wire = wire }
  return try withExtendedLifetime(memory) {
    try zip(plan.elementCounts, rotations).flatMap { elements, rotation in
      willTime(elements)
      let trial = AllReduceTrial(communicator, elements: elements, rotation, in: memory.bytes)
      return try trial.timings(of: contenders, plan)
    }
  }
}
