import Network
import ReferenceKernels
import Tensors
import TestSupport

/// What one training step leaves: numbers of f32 or of Double, features in the order `[N, C, H, W]`.
struct StepResult: Equatable {
  var output: [Double]
  var gradients: [String: [Double]]
  var statistics: [String: [Double]]
}

/// A graph interpreted node by node with the reference kernels, in Double: no plan, no sharing of memory.
struct ReferenceNetwork {
  let graph: Graph
  let table: ParameterTable
  var parameters: [String: ReferenceTensor] = [:]
  var statistics: [String: ReferenceTensor] = [:]

  /// - Parameter start: the first value of each parameter and running statistic, from its name and shape.
  init(_ graph: Graph, start: (String, Shape) -> ReferenceTensor) {
    self.graph = graph
    table = ParameterTable(graph)
    for part in table.parameters.parts { parameters[part.name] = start(part.name, part.shape) }
    for part in table.statistics.parts { statistics[part.name] = start(part.name, part.shape) }
  }

  /// Random numbers: weights of the size that keeps activations near 1, scales and running variances around 1, shifts
  /// and running means around 0.
  init(_ graph: Graph, random: inout TestRandom) {
    self.init(graph) { name, shape in
      let fanIn = shape.dimensions.dropFirst().reduce(1, *)
      if shape.rank > 1 { return random.tensor(shape, deviation: (2 / Double(fanIn)).squareRoot()) }
      let isAroundOne = name.hasSuffix("weight") || name.hasSuffix("running_var")
      return random.tensor(shape, mean: isAroundOne ? 1 : 0, deviation: 0.1)
    }
  }

  /// Every value of the graph for these images `[N, C, H, W]`; training moves the running statistics.
  mutating func forward(_ images: ReferenceTensor, _ mode: ExecutionPlan.Mode) -> [ReferenceTensor] {
    var values = [images]
    for index in graph.nodes.indices {
      let names = statisticNames(of: index)
      let inputs = graph.nodes[index].inputs.map { values[$0.index] }
      let tracked = names.map { statistics[$0]! }
      let (output, moved) = rule(index).forward(inputs, parameters(of: index), tracked, mode)
      for (name, value) in zip(names, moved) { statistics[name] = value }
      values.append(output)
    }
    return values
  }

  /// The gradients of all parameters, from those of the graph's outputs.
  func backward(_ values: [ReferenceTensor], outputGradients: [ReferenceTensor]) -> [String: ReferenceTensor] {
    var gradientOfValue: [Int: ReferenceTensor] = [:]
    func contribute(_ gradient: ReferenceTensor, to value: Graph.Value) {
      gradientOfValue[value.index] = gradientOfValue[value.index].map { $0 + gradient } ?? gradient
    }
    for (output, gradient) in zip(graph.outputs, outputGradients) { contribute(gradient, to: output) }
    var parameterGradients: [String: ReferenceTensor] = [:]
    for (index, node) in graph.nodes.enumerated().reversed() {
      let gradients = rule(index).backward(
        node.inputs.map { values[$0.index] }, parameters(of: index), gradientOfValue[node.output.index]!)
      for (input, gradient) in zip(node.inputs, gradients.inputs) { contribute(gradient, to: input) }
      for (name, gradient) in zip(parameterNames(of: index), gradients.parameters) {
        parameterGradients[name] = gradient
      }
    }
    return parameterGradients
  }

  /// A training step of a network with one output.
  mutating func step(_ images: ReferenceTensor, outputGradient: ReferenceTensor) -> StepResult {
    let values = forward(images, .training)
    let gradients = backward(values, outputGradients: [outputGradient])
    return StepResult(
      output: values[graph.outputs[0].index].values, gradients: gradients.mapValues(\.values),
      statistics: statistics.mapValues(\.values))
  }

  private func rule(_ index: Int) -> any ReferenceRule {
    guard let rule = graph.nodes[index].operation.operation as? any ReferenceRule else {
      preconditionFailure("\(graph.nodes[index].operation.operation.kind) has no reference rule")
    }
    return rule
  }

  private func parameterNames(of index: Int) -> [String] {
    table.parameters.parts[table.partsOfNode[index].parameters].map(\.name)
  }

  private func statisticNames(of index: Int) -> [String] {
    table.statistics.parts[table.partsOfNode[index].statistics].map(\.name)
  }

  private func parameters(of index: Int) -> [ReferenceTensor] {
    parameterNames(of: index).map { parameters[$0]! }
  }
}
