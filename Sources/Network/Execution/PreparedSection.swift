import Kernels
import Tensors

/// A section of a plan with everything that running it takes.
struct PreparedSection {
  let tiles: Int
  let steps: [PreparedStep]
  let exchanging: [any PreparedExchange]
  let exchange: ExchangeMemory?
  let finishedParameters: [Range<Int>]
}

/// A step with its calls, one per tile.
struct PreparedStep {
  enum Work {
    case call(ExecutionPlan.Action, any PreparedOperation)
    case sum(elements: Int, ElementType)
    case copy(elements: Int, from: ElementType, to: ElementType)
  }

  let name: String
  let phase: StepPhase
  let work: Work
  let calls: [Call]

  func run(_ tile: Int, _ engine: Engine) throws {
    let call = calls[tile]
    switch work {
    case .call(.forward, let operation): try operation.forward(call)
    case .call(.backward, let operation): try operation.backward(call)
    case .call(.gather, let operation): try (operation as! any PreparedExchange).gather(call)
    case .call(_, let operation): try (operation as! any PreparedExchange).gatherGradient(call)
    case .sum(let elements, let type):
      sum(call.inputs[0], call.inputs[1], into: call.output, count: elements, type: type, team: engine.team)
    case .copy(let elements, .bf16, .f32):
      widen(call.inputs[0], into: call.outputFloats, count: elements, team: engine.team)
    case .copy(let elements, .f32, .bf16):
      narrow(call.floats(ofInput: 0), into: call.output, count: elements, team: engine.team)
    case .copy(let elements, _, let type):
      call.output.copyMemory(from: call.inputs[0], byteCount: elements * type.bytes)
    }
  }
}
