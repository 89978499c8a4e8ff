import Kernels
import Tensors

/// A plan bound to memory: every operation prepared, ready to run again and again.
final class Executor {
  private let plan: ExecutionPlan
  private let graph: Graph
  private let operations: [any PreparedOperation]
  private let arena: UnsafeMutableRawPointer
  private let partsOfNode: [ParameterTable.NodeParts]

  /// - Parameter arena: at least `plan.bytes` bytes that outlive the executor.
  init(
    _ plan: ExecutionPlan, _ graph: Graph, _ memory: ReplicaMemory, arena: UnsafeMutableRawPointer, engine: Engine,
    reducer: (any StatisticsReducer)?
  ) throws {
    self.plan = plan
    self.graph = graph
    self.arena = arena
    partsOfNode = memory.table.partsOfNode
    var backwardOfNode: [Int: ExecutionPlan.BackwardStep] = [:]
    for step in plan.backward { backwardOfNode[step.node] = step }
    let floats = { (buffer: Int) in (arena + plan.buffers[buffer].offset).assumingMemoryBound(to: Float.self) }
    operations = try graph.nodes.enumerated().map { index, node in
      let step = backwardOfNode[index]
      let parts = memory.table.partsOfNode[index]
      let site = Site(
        name: node.name, batch: plan.batch, isTraining: plan.mode == .training,
        inputShapes: node.inputs.map(graph.shape(of:)), outputShape: graph.shape(of: node.output),
        inputs: node.inputs.map { floats(plan.bufferOfValue[$0.index]) },
        output: floats(plan.bufferOfValue[node.output.index]),
        outputGradient: step.map { floats($0.outputGradient) },
        inputGradients: step?.inputGradients.map { $0.map(floats) } ?? node.inputs.map { _ in nil },
        workspace: plan.workspaceOfNode[index].map { arena + plan.buffers[$0].offset },
        parameters: parts.parameters.map { memory.parameters.floats(of: memory.table.parameters.parts[$0]) },
        parameterGradients: parts.parameters.map { memory.gradients.floats(of: memory.table.parameters.parts[$0]) },
        statistics: parts.statistics.map { memory.statistics.floats(of: memory.table.statistics.parts[$0]) },
        engine: engine, reducer: reducer)
      let operation = node.operation.operation
      if plan.batch == 0 && !operation.exchangesStatistics { return IdleOperation(at: site) }
      return try operation.prepare(at: site)
    }
  }

  private func floats(_ buffer: Int) -> UnsafeMutablePointer<Float> {
    (arena + plan.buffers[buffer].offset).assumingMemoryBound(to: Float.self)
  }

  /// `[batch, H, W, C]`: where the caller puts the samples before `forward`.
  var input: UnsafeMutablePointer<Float> { floats(plan.bufferOfValue[graph.input.index]) }
  func output(_ index: Int) -> UnsafeMutablePointer<Float> {
    floats(plan.bufferOfValue[graph.outputs[index].index])
  }
  /// Where the caller puts the gradient of an output before `backward`.
  func outputGradient(_ index: Int) -> UnsafeMutablePointer<Float> { floats(plan.outputGradients[index]) }

  func forward() throws {
    for operation in operations { try operation.forward() }
  }

  /// - Parameter ready: called with the parameters whose gradients have just become final, last layers first.
  func backward(ready: (Range<Int>) throws -> Void) throws {
    for step in plan.backward {
      try operations[step.node].backward()
      for addition in step.sums {
        sum(
          floats(addition.first), floats(addition.second), into: floats(addition.result), count: addition.elements)
      }
      let parts = partsOfNode[step.node].parameters
      if !parts.isEmpty { try ready(parts) }
    }
  }
}
