import Architectures
import Network
import Testing

@Suite struct FusionTests {
  @Test func residualNetworksHaveNoAdditionAndNoReLULeft() throws {
    let fused = try ResNet(.resnet50, classes: 10, imageSize: 64).graph().fused()
    let kinds = Dictionary(grouping: fused.nodes, by: { $0.operation.operation.kind }).mapValues(\.count)
    #expect(
      kinds == [
        "convolution": 53, "batch norm + relu": 33, "batch norm + add + relu": 16, "batch norm": 4, "max pooling": 1,
        "global average pooling": 1, "linear": 1,
      ])
  }

  @Test func aFusedNodeHasTheNameOfItsNormAndThePlaceOfTheLastNode() throws {
    var graph = Graph(name: "residual", input: [4, 3, 3])
    let branch = try graph.add("bn", BatchNorm(), graph.input)
    let shortcut = try graph.add("conv", Convolution(outputChannels: 4, kernel: 1), graph.input)
    let joined = try graph.add("add", Add(), shortcut, branch)
    graph.markOutput(try graph.add("relu", ReLU(), joined))
    let fused = graph.fused()
    #expect(fused.nodes.map(\.name) == ["conv", "bn"])
    #expect(fused.nodes[1].inputs == [fused.input, fused.nodes[0].output])
    #expect(fused.outputs == [fused.nodes[1].output])
    #expect(fused.shapes == [[4, 3, 3], [4, 3, 3], [4, 3, 3]])
  }

  @Test func aSecondReaderKeepsTheNormApart() throws {
    #expect(
      try kinds { graph, norm in
        let relu = try graph.add("relu", ReLU(), norm)
        return [try graph.add("add", Add(), norm, relu)]
      } == ["batch norm", "relu", "add"])
  }

  @Test func anOutputKeepsTheNormApart() throws {
    #expect(try kinds { graph, norm in [norm, try graph.add("relu", ReLU(), norm)] } == ["batch norm", "relu"])
  }

  @Test func theSumOfANormWithItselfIsNoResidual() throws {
    #expect(try kinds { graph, norm in [try graph.add("add", Add(), norm, norm)] } == ["batch norm", "add"])
  }

  @Test func anAdditionWithoutReLUIsTakenAlone() throws {
    #expect(
      try kinds { graph, norm in
        let sum = try graph.add("add", Add(), norm, graph.input)
        return [sum, try graph.add("relu", ReLU(), sum)]
      } == ["batch norm + add", "relu"])
  }

  @Test func onlyOneNormTakesAnAddition() throws {
    #expect(
      try kinds { graph, norm in
        let other = try graph.add("other", BatchNorm(), graph.input)
        return [try graph.add("relu", ReLU(), try graph.add("add", Add(), other, norm))]
      } == ["batch norm", "batch norm + add + relu"])
  }

  @Test func whatANormReadsMayBeItsResidual() throws {
    #expect(
      try kinds { graph, norm in [try graph.add("add", Add(), norm, graph.input)] } == ["batch norm + add"])
  }

  @Test(arguments: UInt64(0)..<100) func everyNodeComesAfterThoseItReads(seed: UInt64) throws {
    let graph = try Graph.random(seed: seed, isArbitrary: true)
    let fused = graph.fused()
    for node in fused.nodes { #expect(node.inputs.allSatisfy { $0.index < node.output.index }) }
    #expect(fused.outputs.map(fused.shape(of:)) == graph.outputs.map(graph.shape(of:)))
    #expect(fused.fused() == fused)
    // Parameters are found by name.
    #expect(Set(fused.nodes.map(\.name)).isSubset(of: graph.nodes.map(\.name)))
  }

  /// What is left of a network that normalises its input and goes on with `body`, which returns the outputs.
  private func kinds(_ body: (inout Graph, Graph.Value) throws -> [Graph.Value]) throws -> [String] {
    var graph = Graph(name: "fusion", input: [4, 3, 3])
    let norm = try graph.add("norm", BatchNorm(), graph.input)
    for output in try body(&graph, norm) { graph.markOutput(output) }
    return graph.fused().nodes.map(\.operation.operation.kind)
  }
}
