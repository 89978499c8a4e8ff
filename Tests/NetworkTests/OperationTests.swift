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

  @Test(arguments: UInt64(0)..<60) func convolutionOfRandomSize(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    while true {
      let groups = random.element(of: [1, 1, 1, 2, 4])
      let convolution = Convolution(
        outputChannels: random.element(of: Self.channels) * groups, kernel: random.integer(in: 1..<5),
        stride: random.integer(in: 1..<4), padding: random.integer(in: 0..<4), dilation: random.integer(in: 1..<3),
        groups: groups)
      let input: Shape = [
        random.element(of: Self.channels) * groups, random.element(of: Self.extents),
        random.element(of: Self.extents),
      ]
      guard (try? convolution.outputShape(of: [input])) != nil else { continue }
      let batch = random.integer(in: 1..<6)
      let graph = try Graph.single(convolution, input: input, batch: batch)
      try expectAgreement(graph, batch: batch, seed: seed, tolerance: 5e-6)
      return
    }
  }

  @Test(arguments: [
    Convolution(outputChannels: 64, kernel: 7, stride: 2, padding: 3),
    Convolution(outputChannels: 64, kernel: 3, padding: 1),
    Convolution(outputChannels: 64, kernel: 3, stride: 2, padding: 1),
    Convolution(outputChannels: 128, kernel: 1, stride: 2),
    Convolution(outputChannels: 64, kernel: 3, padding: 1, groups: 64),
  ])
  func convolutionOfKnownNetworks(_ convolution: Convolution) throws {
    let channels = convolution.kernel == 7 ? 3 : 64
    let graph = try Graph.single(convolution, input: [channels, 14, 14], batch: 2)
    try expectAgreement(graph, batch: 2, seed: 1, tolerance: 5e-6)
  }

  @Test(arguments: UInt64(0)..<40) func maxPoolingOfRandomSize(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    while true {
      let kernel = random.integer(in: 1..<5)
      let pooling = MaxPooling(
        kernel: kernel, stride: random.integer(in: 1..<4), padding: random.integer(in: 0..<kernel / 2 + 1))
      let input: Shape = [
        random.element(of: Self.channels), random.element(of: Self.extents), random.element(of: Self.extents),
      ]
      guard (try? pooling.outputShape(of: [input])) != nil else { continue }
      let batch = random.integer(in: 1..<6)
      try expectAgreement(
        try Graph.single(pooling, input: input, batch: batch), batch: batch, seed: seed, tolerance: 1e-6)
      return
    }
  }

  @Test(arguments: channels, extents) func globalAveragePooling(channels: Int, extent: Int) throws {
    let graph = try Graph.single(GlobalAveragePooling(), input: [channels, extent, 3], batch: 3)
    try expectAgreement(graph, batch: 3, seed: 1, tolerance: 1e-6)
  }

  @Test(arguments: channels, 1...5) func linear(inputs: Int, batch: Int) throws {
    for outputs in [1, 5, 17] {
      let graph = try Graph.single(Linear(outputs: outputs), input: [inputs], batch: batch)
      try expectAgreement(graph, batch: batch, seed: 1, tolerance: 1e-6)
    }
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
