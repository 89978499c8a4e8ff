import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// A batch split over ranks, in unequal parts and empty ones, against the same batch on one rank in Double: outputs,
/// gradients summed over the ranks, and running statistics.
@Suite struct SynchronisedBatchNormTests {
  @Test(arguments: [[1], [2, 2], [3, 1, 0, 2], [0, 5], [0, 0, 1, 0], [1, 1, 1, 1, 1, 1, 1]])
  func aSplitBatchIsOneBatch(batches: [Int]) throws {
    try compare(batches, mean: 0, seed: 1)
  }

  @Test func farFromZero() throws {
    try compare([2, 0, 3], mean: 1e4, seed: 2)
  }

  private func compare(_ batches: [Int], mean: Double, seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let graph = try network()
    var reference = ReferenceNetwork(graph, random: &random)
    let total = batches.reduce(0, +)
    let images = random.tensor([total, 5, 6, 6], mean: mean)
    let gradient = random.tensor([total, 7])
    let start = reference
    let exchange = StatisticsExchange(ranks: batches.count)
    let steps = try onThreads(ranks: batches.count) { rank in
      let first = batches[..<rank].reduce(0, +)
      let fast = try FastNetwork(start, batch: batches[rank], reducer: exchange.reducer(rank: rank))
      return try fast.step(
        images.samples(first..<first + batches[rank]), outputGradient: gradient.samples(first..<first + batches[rank]))
    }
    expectEqual(merge(steps), reference.step(images, outputGradient: gradient), tolerance: 1e-5, floor: 0.1)
    for (rank, step) in steps.enumerated() {
      #expect(step.statistics == steps[0].statistics, "rank \(rank) tracks other statistics than rank 0")
      if batches[rank] == 0 {
        #expect(step.gradients.values.allSatisfy { $0.allSatisfy { $0 == 0 } }, "rank \(rank) has no samples")
      }
    }
  }

  /// Starts with a BatchNorm, so that it sees the images' mean, and has another behind a convolution.
  private func network() throws -> Graph {
    var graph = Graph(name: "synchronised", input: [5, 6, 6])
    var x = try graph.add("bn1", BatchNorm(), graph.input)
    x = try graph.add("conv", Convolution(outputChannels: 9, kernel: 3, stride: 2, padding: 1), x)
    x = try graph.add("bn2", BatchNorm(), x)
    x = try graph.add("relu", ReLU(), x)
    x = try graph.add("pool", GlobalAveragePooling(), x)
    graph.markOutput(try graph.add("fc", Linear(outputs: 7), x))
    return graph
  }

  /// Outputs one after the other, gradients summed, statistics of the first rank.
  private func merge(_ steps: [StepResult]) -> StepResult {
    var merged = steps[0]
    for step in steps.dropFirst() {
      merged.output += step.output
      merged.gradients.merge(step.gradients) { zip($0, $1).map(+) }
    }
    return merged
  }
}

extension ReferenceTensor {
  fileprivate func samples(_ range: Range<Int>) -> ReferenceTensor {
    let perSample = shape.dimensions.dropFirst().reduce(1, *)
    return ReferenceTensor(
      Shape([range.count] + shape.dimensions.dropFirst()),
      Array(values[range.lowerBound * perSample..<range.upperBound * perSample]))
  }
}
