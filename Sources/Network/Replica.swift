import Kernels
import Tensors

/// One rank's copy of a network: its parameters, gradients and running statistics, and the prepared passes over them.
///
/// Belongs to one thread. All memory is allocated by `init`.
public final class Replica {
  /// The batch sizes that a replica is prepared for. A rank's batch may be empty when training: it then still takes part
  /// in the exchange of statistics.
  public struct Batches: Hashable, Sendable {
    public var training: Set<Int>
    public var evaluation: Set<Int>

    public init(training: Set<Int>, evaluation: Set<Int>) {
      (self.training, self.evaluation) = (training, evaluation)
    }
  }

  public let graph: Graph
  public let table: ParameterTable
  /// What dropout and its like draw from: the caller sets it before each training pass.
  public let randomness = PassRandomness()
  /// Told of every step of every pass.
  public var observer: (any StepObserver)?
  private let engine: Engine
  private let memory: ReplicaMemory
  private let activations: AlignedBuffer
  private var executors: [PassKey: Executor] = [:]

  private struct PassKey: Hashable {
    let batch: Int
    let mode: ExecutionPlan.Mode
    let variant: Int
  }

  /// - Parameters:
  ///   - variants: the same network on inputs of other sizes, to train on: variant 1 and so on; the graph itself is variant 0.
  ///   - options: `options.threads` are the threads of oneDNN's primitives and of our own kernels.
  ///   - parameters, gradients: memory for them that others can see too, of the parameters' size; nil: the replica's own.
  ///   - reducer: shares BatchNorm's statistics with other ranks; nil keeps them local.
  public init(
    _ graph: Graph, variants: [Graph] = [], batches: Batches, options: PlanOptions = PlanOptions(),
    parameters: consuming AlignedBuffer? = nil, gradients: consuming AlignedBuffer? = nil,
    reducer: (any StatisticsReducer)?
  ) throws {
    self.graph = graph
    table = ParameterTable(graph)
    engine = try Engine(threads: options.threads)
    memory = ReplicaMemory(graph, table, parameters: parameters, gradients: gradients)
    let plans = Replica.plans(graph, variants: variants, batches, options)
    activations = AlignedBuffer(bytes: max(plans.map(\.plan.bytes).max() ?? 0, AlignedBuffer.alignment))
    for (variant, plan) in plans {
      executors[PassKey(batch: plan.batch, mode: plan.mode, variant: variant)] = try Executor(
        plan, memory, arena: activations.bytes.baseAddress!, engine: engine, randomness: randomness, reducer: reducer)
    }
    engine.allocateScratch()
  }

  /// The plans of all passes that a replica prepares; they share one arena, as large as the largest.
  public static func plans(
    _ graph: Graph, _ batches: Batches, _ options: PlanOptions = PlanOptions()
  ) -> [ExecutionPlan] {
    batches.training.sorted().map { ExecutionPlan(graph, batch: $0, mode: .training, options: options) }
      + batches.evaluation.sorted().map { ExecutionPlan(graph, batch: $0, mode: .evaluation, options: options) }
  }

  /// The same with the training passes of the variants.
  static func plans(
    _ graph: Graph, variants: [Graph], _ batches: Batches, _ options: PlanOptions
  ) -> [(variant: Int, plan: ExecutionPlan)] {
    let table = ParameterTable(graph).parameters
    return plans(graph, batches, options).map { (0, $0) }
      + variants.enumerated().flatMap { index, variant in
        precondition(ParameterTable(variant).parameters == table, "\(variant.name) has other parameters as variant")
        return plans(variant, Batches(training: batches.training, evaluation: []), options).map { (index + 1, $0) }
      }
  }

  /// The threads that this rank computes with, for other work between two passes.
  public var team: ThreadTeam { engine.team }

  public var footprint: Footprint { Footprint(activationBytes: activations.bytes.count, engine) }

  public var parameters: UnsafeMutableBufferPointer<Float> { memory.parameters.floats }
  public var gradients: UnsafeMutableBufferPointer<Float> { memory.gradients.floats }
  public var statistics: UnsafeMutableBufferPointer<Float> { memory.statistics.floats }

  /// Sets every parameter and running statistic to its first value: equal on every rank for equal seeds.
  public func initialise(seed: UInt64) {
    for (part, specification) in zip(table.parameters.parts, table.specifications) {
      specification.initializer.fill(memory.parameters.floats(of: part), seed: seed, name: part.name)
    }
    for (part, specification) in zip(table.statistics.parts, table.statisticSpecifications) {
      memory.statistics.floats(of: part).update(repeating: specification.initialValue)
    }
  }

  /// Runs the network on `batch` samples, one of the sizes given to `init`.
  ///
  /// - Parameters:
  ///   - images: `[batch, H, W, C]`, copied.
  ///   - variant: whose size the images have.
  /// - Returns: the graph's first output, `[batch, K]`, valid until the next pass.
  public func forward(
    _ images: UnsafePointer<Float>, batch: Int, mode: ExecutionPlan.Mode, variant: Int = 0
  ) throws -> UnsafeMutablePointer<Float> {
    let executor = executor(batch, mode, variant)
    observer.observing("input", .input) { executor.load(images) }
    try executor.forward(observer: observer)
    return executor.output(0)
  }

  /// Where the gradient of the first output, `[batch, K]`, goes before `backward`.
  public func outputGradient(batch: Int, variant: Int = 0) -> UnsafeMutablePointer<Float> {
    executor(batch, .training, variant).outputGradient(0)
  }

  /// Runs backward after a training `forward` of the same batch and variant and the output's gradient; leaves the gradients of all
  /// parameters in `gradients`.
  ///
  /// - Parameter ready: called with indices of parts of `table.parameters` whose gradients are final, last layers first; and
  ///   between operations with none, for who wants to do something else for a moment.
  public func backward(batch: Int, variant: Int = 0, ready: (Range<Int>) throws -> Void) throws {
    try executor(batch, .training, variant).backward(observer: observer, ready: ready)
  }

  private func executor(_ batch: Int, _ mode: ExecutionPlan.Mode, _ variant: Int) -> Executor {
    guard let executor = executors[PassKey(batch: batch, mode: mode, variant: variant)] else {
      preconditionFailure("no pass was prepared for \(batch) samples in \(mode) of variant \(variant)")
    }
    return executor
  }
}
