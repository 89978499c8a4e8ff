import Network
import Tensors
import TestSupport
import Testing

/// Each operation, run as a network of one node, against its definition in Double: output, input gradient and parameter
/// gradients, over sizes that leave remainders in every blocking.
///
/// Tolerances are on the norm of the difference relative to the norm: a sum of n f32 products errs by about √n
/// roundings of 6e-8 each, and the longest here has a few thousand terms.
@Suite struct OperationTests {
  private static let channels = [1, 3, 5, 16, 17, 64]
  private static let extents = [1, 2, 7, 13]

  @Test(arguments: channels, extents) func globalAveragePooling(channels: Int, extent: Int) throws {
    let graph = try Graph.single(GlobalAveragePooling(), input: [channels, extent, 3], batch: 3)
    try expectAgreement(graph, batch: 3, seed: 1, tolerance: 1e-6)
  }

  @Test(arguments: channels, extents) func reluAndAdd(channels: Int, extent: Int) throws {
    var graph = try Graph.single(ReLU(), input: [channels, extent, extent], batch: 2)
    try expectAgreement(graph, batch: 2, seed: 1, tolerance: 0)
    graph = Graph(name: "add", input: [channels, extent, extent])
    let a = try graph.add("a", GradientProbe(batch: 2), graph.input)
    let b = try graph.add("b", GradientProbe(batch: 2), try graph.add("relu", ReLU(), graph.input))
    graph.markOutput(try graph.add("add", Add(), a, b))
    try expectAgreement(graph, batch: 2, seed: 2, tolerance: 1e-7)
  }

  @Test(arguments: [false, true], [1, 2])
  func residualBlock(bottleneck: Bool, stride: Int) throws {
    for (input, width) in [([17, 7, 7], 5), ([64, 8, 8], 16), ([16, 13, 13], 16)] as [(Shape, Int)] {
      let graph = try Graph.block(bottleneck: bottleneck, input: input, width: width, stride: stride, batch: 3)
      try expectAgreement(graph, batch: 3, seed: 3, tolerance: 1e-5)
    }
  }
}
