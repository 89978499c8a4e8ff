import Kernels
import Platform
import Tensors

/// What prepared passes take besides parameters, gradients and statistics.
public struct Footprint: Hashable, Sendable {
  /// The arena of activations, as large as the largest pass needs it.
  public let activationBytes: Int
  /// What kernels share while they run: copies of weights in other layouts, and scratch memory.
  public let scratchBytes: Int
  /// Primitives of oneDNN. Each holds code that was made for it.
  public let primitives: Int

  init(activationBytes: Int, _ engine: Engine) {
    self.activationBytes = activationBytes
    (scratchBytes, primitives) = (engine.scratchBytes, engine.primitives)
  }
}

extension Replica {
  /// What a replica of this graph would have, found by preparing it and letting it go: what oneDNN asks for depends on the
  /// processor and on the number of threads, and only it can tell. Takes about as long as preparing a run.
  public static func footprint(
    _ graph: Graph, variants: [Graph] = [], batches: Batches, options: PlanOptions
  ) throws -> Footprint {
    let engine = try Engine(threads: options.threads)
    // Nothing runs, so addresses may point to nothing.
    let table = ParameterTable(graph)
    let nowhere = ReservedAddresses(bytes: table.parameters.bytes)
    let memory = ReplicaMemory(
      graph, table, parameters: AlignedBuffer(lending: nowhere.bytes, of: nowhere),
      gradients: AlignedBuffer(lending: nowhere.bytes, of: nowhere))
    let plans = plans(graph, variants: variants, batches, options).map(\.plan)
    for plan in plans {
      _ = try Executor(
        plan, memory, arena: nowhere.bytes.baseAddress!, engine: engine, randomness: PassRandomness(), reducer: nil)
    }
    return Footprint(activationBytes: plans.map(\.bytes).max() ?? 0, engine)
  }
}
