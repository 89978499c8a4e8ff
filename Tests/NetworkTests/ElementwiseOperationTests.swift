import Kernels
import Network
import Tensors
import TestSupport
import Testing

/// Activations, products and channel operations against their definitions in Double, in tiles of several sizes: output
/// and input gradient.
@Suite struct ElementwiseOperationTests {
  private static let channels = [1, 3, 5, 16, 17, 64]
  private static let extents = [1, 2, 7, 13]

  static let functions: [ActivationFunction] = [
    .relu6, .leakyReLU(), .elu(), .selu, .silu, .gelu, .geluTanh, .tanh, .sigmoid, .hardTanh(), .hardSigmoid,
    .hardSwish,
  ]

  /// - Parameter bf16: the tolerance with bf16 activations; nil leaves them out, where a rounded value falls on the other
  ///   side of a kink or ties with another.
  private func expectAgreement(
    _ graph: Graph, seed: UInt64, tolerance: Double, bf16: Double? = 0.02,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    func expect(_ tolerance: Double, _ options: PlanOptions) throws {
      try NetworkTests.expectAgreement(
        graph, batch: 4, seed: seed, tolerance: tolerance, options: options, sourceLocation: sourceLocation)
    }
    for tile in [1, 2, 4] { try expect(tolerance, PlanOptions(tile: tile)) }
    if let bf16 {
      for native in Set([Engine.hasNativeBF16, false]) {
        try expect(bf16, PlanOptions(activations: .bf16, hasNativeBF16: native, tile: 2))
      }
    }
  }

  /// A graph whose input shows its gradient.
  private func graph(
    _ input: Shape, build: (inout Graph, Graph.Value) throws -> Graph.Value
  ) throws -> Graph {
    var graph = Graph(name: "test", input: input)
    let x = try graph.add("probe", GradientProbe(batch: 4), graph.input)
    graph.markOutput(try build(&graph, x))
    return graph
  }

  @Test(arguments: functions) func activation(_ function: ActivationFunction) throws {
    for shape in [[1], [37], [5, 7, 2], [64, 1, 1]] as [Shape] {
      let graph = try Graph.single(Elementwise(function), input: shape, batch: 4)
      try expectAgreement(graph, seed: 1, tolerance: 1e-6, bf16: 0.1)
    }
  }

  @Test func activationsInARow() throws {
    let graph = try graph([3, 5, 4]) { graph, x in
      try Self.functions.enumerated().reduce(x) { try graph.add("\($1.offset)", Elementwise($1.element), $0) }
    }
    try expectAgreement(graph, seed: 2, tolerance: 1e-5, bf16: nil)
  }

  @Test(arguments: channels, extents) func products(channels: Int, extent: Int) throws {
    let plain = try graph([2 * channels, extent, 2]) { graph, x in
      let halves = try graph.split("halves", x, into: [channels, channels])
      return try graph.add("multiply", Multiply(), halves[0], halves[1])
    }
    try expectAgreement(plain, seed: 3, tolerance: 1e-6)
    let squareOfX = try graph([channels]) { try $0.add("multiply", Multiply(), $1, $1) }
    try expectAgreement(squareOfX, seed: 3, tolerance: 1e-6)
  }

  /// The factors are `[C]` from average pooling, or `[C, 1, 1]` from maximum pooling.
  @Test(arguments: channels, extents) func squeezeAndExcitation(channels: Int, extent: Int) throws {
    let average = try graph([channels, extent, extent]) { graph, x in
      let mean = try graph.add("mean", GlobalAveragePooling(), x)
      let factors = try graph.add("factors", Elementwise(.hardSigmoid), mean)
      return try graph.add("multiply", Multiply(), x, factors)
    }
    try expectAgreement(average, seed: 4, tolerance: 1e-6)
    let maximum = try graph([channels, extent, extent]) { graph, x in
      let factors = try graph.add("maximum", MaxPooling(kernel: extent, stride: 1), x)
      return try graph.add("multiply", Multiply(), x, factors)
    }
    try expectAgreement(maximum, seed: 4, tolerance: 1e-6, bf16: nil)
  }

  @Test(arguments: UInt64(0)..<10) func splitAndConcat(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let sizes = (0..<random.integer(in: 1..<5)).map { _ in random.element(of: Self.channels) }
    let total = sizes.reduce(0, +)
    let extent = random.element(of: Self.extents)
    let input: Shape = random.element(of: [true, false]) ? [total] : [total, extent, 2]
    let graph = try graph(input) { graph, x in
      var parts = try graph.split("split", x, into: sizes)
      parts[0] = try graph.add("tanh", Elementwise(.tanh), parts[0])
      return try graph.concat("concat", parts.reversed() + [x, parts[0]])
    }
    try expectAgreement(graph, seed: seed, tolerance: 1e-6)
  }

  @Test(arguments: channels, extents) func flatten(channels: Int, extent: Int) throws {
    for width in [1, 3] {
      let graph = try Graph.single(Flatten(), input: [channels, extent, width], batch: 4)
      try expectAgreement(graph, seed: 5, tolerance: 0)
    }
    try expectAgreement(try Graph.single(Flatten(), input: [channels], batch: 4), seed: 5, tolerance: 0)
  }
}
