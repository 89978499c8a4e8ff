import Network
import Testing

@Suite struct RetentionTests {
  /// A residual stage: a stem, then blocks of one convolution each, as they are after fusion.
  private func stage(blocks: Int) throws -> Graph {
    var graph = Graph(name: "stage", input: [4, 3, 3])
    var x = try graph.add("conv0", Convolution(outputChannels: 4, kernel: 1), graph.input)
    x = try graph.add("relu0", ReLU(), try graph.add("bn0", BatchNorm(), x))
    for index in 1...blocks {
      let branch = try graph.add("conv\(index)", Convolution(outputChannels: 4, kernel: 1), x)
      let norm = try graph.add("bn\(index)", BatchNorm(), branch)
      x = try graph.add("relu\(index)", ReLU(), try graph.add("add\(index)", Add(), norm, x))
    }
    graph.markOutput(try graph.add("pool", GlobalAveragePooling(), x))
    return graph.fused()
  }

  @Test func everythingReadAgainIsKeptUnlessItIsRestored() throws {
    let graph = try stage(blocks: 3)
    let convolutions = ["conv0", "conv1", "conv2", "conv3"]
    #expect(kept(graph, .none) == ["input", "bn0", "bn1", "bn2", "bn3"] + convolutions)
    // One step restores bn0 from conv0, but bn1 needs bn0, which is not kept; then bn2 needs bn1, which is.
    #expect(kept(graph, .activations) == ["input", "bn1", "bn3"] + convolutions)
    #expect(kept(graph, .chains) == ["input"] + convolutions)
    #expect(depths(graph, .chains) == ["bn0": 1, "bn1": 2, "bn2": 3, "bn3": 4])
  }

  /// The convolution's output is read by nobody in the backward pass: to restore the ReLU, it would have to be kept.
  @Test func nothingIsKeptOnlyToRestoreFromIt() throws {
    var graph = Graph(name: "plain", input: [4, 3, 3])
    var x = try graph.add("conv1", Convolution(outputChannels: 4, kernel: 1), graph.input)
    x = try graph.add("relu", ReLU(), x)
    x = try graph.add("sum", Add(), x, try graph.add("conv2", Convolution(outputChannels: 4, kernel: 1), x))
    graph.markOutput(try graph.add("conv3", Convolution(outputChannels: 4, kernel: 1), x))
    for recomputation in PlanOptions.Recomputation.allCases {
      #expect(kept(graph, recomputation) == ["input", "relu", "sum"], "\(recomputation)")
    }
  }

  @Test func outputsAreNotRestored() throws {
    var graph = Graph(name: "output", input: [4, 3, 3])
    let norm = try graph.add("bn", BatchNorm(), graph.input)
    graph.markOutput(norm)
    graph.markOutput(try graph.add("conv", Convolution(outputChannels: 4, kernel: 1), norm))
    #expect(kept(graph, .chains) == ["input", "bn"])
  }

  /// By name, norms before convolutions.
  private func kept(_ graph: Graph, _ recomputation: PlanOptions.Recomputation) -> [String] {
    let retention = Retention(graph, PlanOptions(recomputation: recomputation))
    let nodes = graph.nodes.filter { retention.isKept[$0.output.index] }.map(\.name)
    let input = retention.isKept[graph.input.index] ? ["input"] : []
    return input + nodes.filter { !$0.hasPrefix("conv") } + nodes.filter { $0.hasPrefix("conv") }
  }

  private func depths(_ graph: Graph, _ recomputation: PlanOptions.Recomputation) -> [String: Int] {
    let depth = Retention(graph, PlanOptions(recomputation: recomputation)).depth
    return Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, depth[$0.output.index]) }).filter { $1 > 0 }
  }
}
