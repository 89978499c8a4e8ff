import Network
import Tensors
import TestSupport

extension Graph {
  /// Graphs that no architecture here has: nodes that read any earlier values, with branches, values of many readers,
  /// additions of a value to itself, chains of cheap operations, and BatchNorms that cannot be fused.
  ///
  /// - Parameter isArbitrary: operations with any rules are among the nodes, which cannot be run, and values that are read
  ///   among the outputs. Otherwise what nobody reads is added up into one output.
  static func random(seed: UInt64, isArbitrary: Bool) throws -> Graph {
    var builder = RandomGraphBuilder(seed: seed)
    for index in 0..<builder.random.integer(in: 2..<16) { try builder.add("node\(index)", isArbitrary: isArbitrary) }
    if isArbitrary { builder.markOutputs() } else { try builder.join() }
    return builder.graph
  }
}

private struct RandomGraphBuilder {
  var random: TestRandom
  var graph = Graph(name: "random", input: [4, 3, 3])
  private var values: [Graph.Value]
  private var unread: Set<Int> = []

  init(seed: UInt64) {
    random = TestRandom(seed: seed)
    values = [graph.input]
  }

  mutating func add(_ name: String, isArbitrary: Bool) throws {
    let first = anyValue()
    switch random.integer(in: 0..<(isArbitrary ? 18 : 14)) {
    case 0, 1: try append(name, Convolution(outputChannels: random.element(of: [4, 4, 6]), kernel: 1), first)
    case 2, 3, 4: try append(name, BatchNorm(), first)
    case 5, 6: try append(name, ReLU(), first)
    case 7, 8, 9: try append(name, Add(), first, anyValue(like: first))
    case 10: try append(name, Elementwise(.silu), first)
    case 11: try append(name, Concat(inputs: 2), first, anyValue())
    case 12: try append(name, Slice(channels: 0..<max(1, graph.shape(of: first)[0] - 1)), first)
    case 13: try append(name, MaxPooling(kernel: 3, stride: 1, padding: 1), first)
    default:
      let operation = ArbitraryOperation(random: &random)
      try append(name, operation, [first] + (1..<operation.inputCount).map { _ in anyValue() })
    }
  }

  /// Often the last, so that chains grow.
  private mutating func anyValue(like other: Graph.Value? = nil) -> Graph.Value {
    let fitting = values.filter { other == nil || graph.shape(of: $0) == graph.shape(of: other!) }
    return random.integer(in: 0..<2) == 0 ? fitting[fitting.count - 1] : random.element(of: fitting)
  }

  private mutating func append(_ name: String, _ operation: some Operation, _ inputs: Graph.Value...) throws {
    try append(name, operation, inputs)
  }

  private mutating func append(_ name: String, _ operation: some Operation, _ inputs: [Graph.Value]) throws {
    let value = try graph.add(name, operation, inputs)
    unread.subtract(inputs.map(\.index))
    unread.insert(value.index)
    values.append(value)
  }

  mutating func markOutputs() {
    for value in values where unread.contains(value.index) || random.integer(in: 0..<8) == 0 {
      graph.markOutput(value)
    }
    if graph.outputs.isEmpty { graph.markOutput(graph.input) }
  }

  /// One vector for all that nobody reads.
  mutating func join() throws {
    var vectors: [Graph.Value] = []
    for value in values where unread.contains(value.index) {
      let pooled = try graph.add("pool\(vectors.count)", GlobalAveragePooling(), value)
      vectors.append(try graph.add("fc\(vectors.count)", Linear(outputs: 5), pooled))
    }
    var sum = vectors[0]
    for index in vectors.indices.dropFirst() { sum = try graph.add("join\(index)", Add(), sum, vectors[index]) }
    graph.markOutput(sum)
  }
}
