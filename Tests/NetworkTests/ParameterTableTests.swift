import Architectures
import Network
import Tensors
import Testing

/// Names, order and shapes are torchvision's, so that a checkpoint opens in PyTorch.
@Suite struct ParameterTableTests {
  private struct State: Decodable {
    struct Entry: Decodable {
      let name: String
      let shape: [Int]
      let dtype: String
    }
    let entries: [Entry]
  }

  private struct States: Decodable {
    struct Model: Decodable {
      let depth, entries, trainable: Int
      let fnv1a64: String
    }
    let models: [Model]
  }

  private func table(_ depth: ResNet.Depth) throws -> ParameterTable {
    ParameterTable(try ResNet(depth, classes: 1000, imageSize: 224).graph())
  }

  /// The table as the lines of a state dict: a node's parameters, then its statistics, and after those the count of
  /// batches, which PyTorch keeps and we do not.
  private func lines(_ table: ParameterTable) -> [String] {
    table.partsOfNode.flatMap { node in
      let parts = table.parameters.parts[node.parameters] + table.statistics.parts[node.statistics]
      let lines = parts.map { "\($0.name) \($0.shape) float32" }
      guard let last = table.statistics.parts[node.statistics].last else { return lines }
      return lines + ["\(last.name.replacing("running_var", with: "num_batches_tracked"))  int64"]
    }
  }

  @Test(arguments: [ResNet.Depth.resnet18, .resnet50]) func isTheStateDict(depth: ResNet.Depth) throws {
    let state = try PyTorchFixture.read("resnet\(depth.rawValue)_state", as: State.self)
    let expected = state.entries.map {
      "\($0.name) \($0.shape.map(String.init).joined(separator: "x")) \($0.dtype)"
    }
    #expect(lines(try table(depth)) == expected)
  }

  @Test(arguments: ResNet.Depth.allCases) func hasTheStateDictsDigest(depth: ResNet.Depth) throws {
    let states = try PyTorchFixture.read("resnet_states", as: States.self)
    let expected = try #require(states.models.first { $0.depth == depth.rawValue })
    let table = try table(depth)
    let lines = lines(table)
    #expect(lines.count == expected.entries)
    #expect(table.parameterCount == expected.trainable)
    let digest = PyTorchFixture.fnv1a64(lines.map { $0 + "\n" }.joined())
    #expect(digest == UInt64(expected.fnv1a64, radix: 16))
  }

  @Test func parameterCounts() throws {
    let counts = try ResNet.Depth.allCases.map { try table($0).parameterCount }
    #expect(counts == [11_689_512, 21_797_672, 25_557_032, 44_549_160, 60_192_808])
  }

  /// Weights decay; scales, shifts and biases do not.
  @Test func onlyWeightsOfLayersDecay() throws {
    let table = try table(.resnet18)
    for (part, specification) in zip(table.parameters.parts, table.specifications) {
      #expect(specification.decays == (part.shape.rank > 1), "\(part.name)")
    }
  }
}
