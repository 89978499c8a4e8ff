import Network
import Tensors
import TestSupport
import Testing

/// A ReLU behind what multiplies by weights runs with it, where nobody else reads what lies between.
@Suite struct AffineFusionTests {
  private let batch = 4

  /// A probe, the operation, a ReLU and a fully connected layer or what stands for it.
  private func graph(_ operation: some Operation, input: Shape, isRead: Bool = false) throws -> Graph {
    var graph = Graph(name: "fusion", input: input)
    let x = try graph.add("probe", GradientProbe(batch: batch), graph.input)
    let y = try graph.add("operation", operation, x)
    let activated = try graph.add("relu", ReLU(), y)
    graph.markOutput(isRead ? try graph.add("add", Add(), activated, y) : activated)
    return graph
  }

  private func kinds(_ graph: Graph) -> [String] {
    ExecutionPlan(graph, batch: batch, mode: .training).graph.nodes.map(\.operation.operation.kind)
  }

  @Test(arguments: [1, 2, 4]) func agreesWithItsParts(tile: Int) throws {
    let cases: [(any Operation, Shape, String)] = [
      (Convolution(outputChannels: 17, kernel: 3, padding: 1, hasBias: true), [5, 7, 6], "convolution + relu"),
      (Convolution(outputChannels: 16, kernel: 3, padding: 1, groups: 16), [16, 7, 6], "convolution + relu"),
      (Convolution(outputChannels: 64, kernel: 1, stride: 2), [16, 7, 6], "convolution + relu"),
      (TransposedConvolution(outputChannels: 6, kernel: 4, stride: 2), [5, 4, 3], "transposed convolution + relu"),
      (Linear(outputs: 10), [33], "linear + relu"),
    ]
    for (operation, input, kind) in cases {
      let graph = try graph(operation, input: input)
      #expect(kinds(graph) == ["gradient probe", kind])
      try expectAgreement(graph, batch: batch, seed: 1, tolerance: 5e-6, options: PlanOptions(tile: tile))
    }
  }

  @Test func staysApartWhereItIsReadBefore() throws {
    let graph = try graph(Convolution(outputChannels: 5, kernel: 1), input: [5, 3, 3], isRead: true)
    #expect(kinds(graph) == ["gradient probe", "convolution", "relu", "add"])
    try expectAgreement(graph, batch: batch, seed: 1, tolerance: 5e-6)
  }

  /// Three convolutions in a row, as in networks without normalisation; the gradient that the middle one cuts off is
  /// also the residual's.
  @Test(arguments: [1, 4]) func chain(tile: Int) throws {
    var graph = Graph(name: "chain", input: [3, 9, 9])
    let x = try graph.add("probe", GradientProbe(batch: batch), graph.input)
    var y = x
    for index in 0..<3 {
      y = try graph.add("conv\(index)", Convolution(outputChannels: 3, kernel: 3, padding: 1, hasBias: true), y)
      y = try graph.add("relu\(index)", ReLU(), y)
    }
    graph.markOutput(try graph.add("add", Add(), y, x))
    try expectAgreement(graph, batch: batch, seed: 2, tolerance: 5e-6, options: PlanOptions(tile: tile))
  }
}
