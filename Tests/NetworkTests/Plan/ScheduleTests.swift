import Architectures
import Network
import Testing

@Suite struct ScheduleTests {
  /// Two branches on the input, joined: `conv1`, `bn1`, `conv2`, `bn2`, `add`, `pool`.
  private func branches() throws -> Graph {
    var graph = Graph(name: "branches", input: [4, 3, 3])
    let first = try graph.add("conv1", Convolution(outputChannels: 4, kernel: 1), graph.input)
    let normal = try graph.add("bn1", BatchNorm(), first)
    let second = try graph.add("conv2", Convolution(outputChannels: 4, kernel: 1), graph.input)
    let other = try graph.add("bn2", BatchNorm(), second)
    let sum = try graph.add("add", Add(), normal, other)
    graph.markOutput(try graph.add("pool", GlobalAveragePooling(), sum))
    return graph
  }

  @Test func branchesExchangeTogether() throws {
    #expect(
      try text(branches(), .forward, exchanging: true) == [
        "conv1 (bn1) conv2 (bn2)",
        "bn1 bn2 add pool",
      ])
    #expect(
      try text(branches(), .backward, exchanging: true) == [
        "pool add (bn2) (bn1)",
        "bn2 conv2 bn1 conv1",
      ])
  }

  @Test func evaluationExchangesNothing() throws {
    #expect(try text(branches(), .forward, exchanging: false) == ["conv1 conv2 bn1 bn2 add pool"])
  }

  /// The norm and the ReLU wait for the convolution that reads them, which is not in the section of the exchange.
  @Test func cheapOperationsWaitForTheirReader() throws {
    var graph = Graph(name: "lazy", input: [4, 3, 3])
    var x = try graph.add("conv1", Convolution(outputChannels: 4, kernel: 1), graph.input)
    x = try graph.add("relu", ReLU(), x)
    x = try graph.add("conv2", Convolution(outputChannels: 4, kernel: 1), x)
    let late = try graph.add("late", ReLU(), x)
    let conv3 = try graph.add("conv3", Convolution(outputChannels: 4, kernel: 1), x)
    graph.markOutput(try graph.add("pool", MaxPooling(kernel: 1, stride: 1), try graph.add("add", Add(), late, conv3)))
    graph.markOutput(try graph.add("cheap", ReLU(), x))
    #expect(
      text(graph, .forward, exchanging: true) == [
        "conv1 relu conv2 cheap",
        "conv3 late add pool",
      ])
  }

  @Test func aSectionHoldsTheWeightsOfTwoNodes() throws {
    var graph = Graph(name: "chain", input: [4, 3, 3])
    var x = graph.input
    for index in 1...5 { x = try graph.add("conv\(index)", Convolution(outputChannels: 4, kernel: 1), x) }
    graph.markOutput(x)
    #expect(text(graph, .forward, exchanging: true) == ["conv1 conv2", "conv3 conv4", "conv5"])
    #expect(text(graph, .backward, exchanging: true) == ["conv5 conv4", "conv3 conv2", "conv1"])
  }

  /// 53 normalisations, of which those of the four shortcuts travel with another.
  @Test(arguments: [Schedule.Direction.forward, .backward])
  func residualNetworksExchangeShortcutsWithTheirBlock(direction: Schedule.Direction) throws {
    let graph = try ResNet(.resnet50, classes: 10, imageSize: 64).graph().fused()
    let exchanges = Schedule(graph, direction, exchanging: true).sections.map(\.exchanges.count)
    #expect(exchanges.count { $0 == 2 } == 4)
    #expect(exchanges.reduce(0, +) == 53)
    #expect(exchanges.max() == 2)
  }

  /// Each value is read twice by the next node: going up every path would take 2^60 steps.
  @Test func manyPathsToWhatWaitsTakeNoTime() throws {
    var graph = Graph(name: "sums", input: [4])
    var x = graph.input
    for index in 0..<60 { x = try graph.add("add\(index)", Add(), x, x) }
    graph.markOutput(try graph.add("fc", Linear(outputs: 2), x))
    #expect(text(graph, .forward, exchanging: true)[0].hasSuffix("add58 add59 fc"))
  }

  /// The sections, each a line of names; those in parentheses gather.
  private func text(_ graph: Graph, _ direction: Schedule.Direction, exchanging: Bool) -> [String] {
    Schedule(graph, direction, exchanging: exchanging).sections.map { section in
      section.visits.map { $0.gathers ? "(\(graph.nodes[$0.node].name))" : graph.nodes[$0.node].name }
        .joined(separator: " ")
    }
  }
}
