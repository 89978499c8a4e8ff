import Network
import Tensors
import TestSupport

/// An operation with any rules that the planner must cope with. Nobody can run it.
struct ArbitraryOperation: Operation {
  var inputCount = 1
  var memory = MemoryRule()
  var exchangesStatistics = false
  var hasWeights = false
  var workspaceBytesPerSample = 0
  var bf16Support = BF16Support.none

  let kind = "arbitrary"

  /// Rules that do not contradict each other.
  init(random: inout TestRandom) {
    func isTrue() -> Bool { random.integer(in: 0..<2) == 0 }
    inputCount = random.integer(in: 1..<4)
    memory.backwardReadsInputs = isTrue()
    memory.backwardSkips = Set((0..<inputCount).filter { _ in isTrue() })
    memory.backwardReadsOutput = isTrue()
    memory.overwritesInput = isTrue()
    memory.isCheap = isTrue()
    exchangesStatistics = random.integer(in: 0..<4) == 0
    hasWeights = isTrue()
    workspaceBytesPerSample = random.element(of: [0, 0, 36, 5])
    bf16Support = random.element(of: [.none, .whereNative, .everywhere])
    if isTrue() {
      memory.overwritesGradient = isTrue()
    } else {
      memory.passesGradientTo = Set((0..<inputCount).filter { _ in isTrue() })
      memory.changesOutputGradient = bf16Support == .everywhere && isTrue()
    }
  }

  func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    hasWeights ? [ParameterSpecification("weight", [2, 3], .constant(0), decays: true)] : []
  }

  func workspaceBytes(for inputs: [Shape]) -> Int { workspaceBytesPerSample }

  func prepare(at site: Site) throws -> any PreparedOperation { preconditionFailure("nobody can run \(self)") }
}
