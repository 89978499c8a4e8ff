import Kernels
import Tensors

/// A plan bound to memory: every operation prepared, every call's addresses known, ready to run again and again without
/// allocating.
final class Executor {
  private let plan: ExecutionPlan
  private let arena: UnsafeMutableRawPointer
  private let engine: Engine
  private let reducer: (any StatisticsReducer)?
  private let forwardSections: [PreparedSection]
  private let backwardSections: [PreparedSection]
  private let parameterGradients: [UnsafeMutableBufferPointer<Float>]

  /// - Parameter arena: at least `plan.bytes` bytes that outlive the executor.
  init(
    _ plan: ExecutionPlan, _ memory: ReplicaMemory, arena: UnsafeMutableRawPointer, engine: Engine,
    randomness: PassRandomness, reducer: (any StatisticsReducer)?
  ) throws {
    self.plan = plan
    self.arena = arena
    self.engine = engine
    self.reducer = reducer
    var preparation = Preparation(plan, memory, arena: arena, engine: engine, randomness: randomness)
    forwardSections = try plan.forward.map { try preparation.prepare($0, .forward) }
    backwardSections = try plan.backward.map { try preparation.prepare($0, .backward) }
    parameterGradients = memory.table.parameters.parts.map { memory.gradients.floats(of: $0) }
  }

  /// Takes the samples, `[batch, H, W, C]`, before `forward`: a copy in the type that they are read in.
  func load(_ samples: UnsafePointer<Float>) {
    let buffer = plan.buffers[plan.input]
    let elements = plan.batch * plan.graph.shape(of: plan.graph.input).elements
    if buffer.type == .bf16 {
      narrow(samples, into: arena + buffer.offset, count: elements, team: engine.team)
    } else {
      floats(plan.input).update(from: samples, count: elements)
    }
  }

  func output(_ index: Int) -> UnsafeMutablePointer<Float> { floats(plan.outputs[index]) }
  /// Where the caller puts the gradient of an output before `backward`.
  func outputGradient(_ index: Int) -> UnsafeMutablePointer<Float> { floats(plan.outputGradients[index]) }

  private func floats(_ buffer: Int) -> UnsafeMutablePointer<Float> {
    (arena + plan.buffers[buffer].offset).assumingMemoryBound(to: Float.self)
  }

  func forward(observer: (any StepObserver)?) throws {
    for section in forwardSections {
      section.exchange?.clear()
      try run(section, observer) {}
      guard let exchange = section.exchange else { continue }
      try observer.observing("moments of \(section.exchanging.count) layers", .exchange) {
        try reducer?.mergeMoments(
          counts: exchange.counts, means: exchange.means, squaredDeviations: exchange.squaredDeviations)
      }
      for operation in section.exchanging { operation.completeForward() }
    }
  }

  /// - Parameter ready: called with the parameters whose gradients have just become final, last layers first; and with none
  ///   after every step.
  func backward(observer: (any StepObserver)?, ready: (Range<Int>) throws -> Void) throws {
    // Without samples nobody writes the gradients.
    if plan.batch == 0 { for gradient in parameterGradients { gradient.update(repeating: 0) } }
    for section in backwardSections {
      section.exchange?.clear()
      try run(section, observer) { try ready(0..<0) }
      if let exchange = section.exchange {
        for operation in section.exchanging { operation.noteLocalSums() }
        try observer.observing("gradient sums of \(section.exchanging.count) layers", .exchange) {
          try reducer?.sum(exchange.allSums)
        }
        for operation in section.exchanging { operation.completeBackward() }
      }
      for parts in section.finishedParameters { try ready(parts) }
    }
  }

  private func run(
    _ section: PreparedSection, _ observer: (any StepObserver)?, afterStep: () throws -> Void
  ) throws {
    for tile in 0..<section.tiles {
      for step in section.steps {
        try observer.observing(step.name, step.phase, tile: tile) { try step.run(tile, engine) }
        try afterStep()
      }
    }
  }
}
