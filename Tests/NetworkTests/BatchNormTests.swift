import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// BatchNorm on one rank against its definition in Double.
@Suite struct BatchNormTests {
  @Test(arguments: [1, 3, 5, 16, 17, 64], [1, 2, 7, 13])
  func againstTheDefinition(channels: Int, extent: Int) throws {
    for batch in 1...5 where batch * extent * extent > 2 {
      let graph = try Graph.single(BatchNorm(), input: [channels, extent, extent], batch: batch)
      try expectAgreement(graph, batch: batch, seed: UInt64(batch), tolerance: 2e-6, floor: 1)
    }
  }

  /// 1e4 with a deviation of 1 leaves f32 inputs ten bits for the deviation; nothing more may be lost on the way.
  @Test(arguments: [1e4, -1e4, 3e4]) func farFromZero(mean: Double) throws {
    let graph = try Graph.single(BatchNorm(), input: [17, 13, 13], batch: 5)
    try expectAgreement(graph, batch: 5, seed: 1, tolerance: 2e-6, mean: mean)
  }

  @Test func evaluationUsesRunningStatistics() throws {
    for mean in [0, 1e4] {
      var random = TestRandom(seed: 1)
      let graph = try Graph.single(BatchNorm(), input: [17, 3, 3], batch: 2)
      var reference = ReferenceNetwork(graph, random: &random)
      reference.statistics["operation.running_mean"] = random.tensor([17], mean: mean)
      let before = reference.statistics
      let fast = try FastNetwork(reference, batches: .init(training: [], evaluation: [2]))
      let images = random.tensor([2, 17, 3, 3], mean: mean)
      let output = try fast.forward(images, .evaluation)
      #expect(relativeError(of: output, to: reference.forward(images, .evaluation).last!.values) < 1e-6)
      #expect(reference.statistics == before)
      for part in fast.replica.table.statistics.parts {
        for (index, value) in before[part.name]!.values.enumerated() {
          #expect(fast.replica.statistics[part.offset / 4 + index] == Float(value))
        }
      }
    }
  }

  /// The deviation is 0 and epsilon stands alone: the output is the shift, and the input's gradient is large but
  /// finite.
  @Test func constantChannels() throws {
    var random = TestRandom(seed: 2)
    let graph = try Graph.single(BatchNorm(), input: [3, 4, 4], batch: 2)
    var reference = ReferenceNetwork(graph, random: &random)
    let fast = try FastNetwork(reference, batch: 2)
    let constants = [0.1, -1e4, 0].map { Double(Float($0)) }
    let images = ReferenceTensor([2, 3, 4, 4], (0..<96).map { constants[$0 / 16 % 3] })
    let gradient = random.tensor([2, 3, 4, 4])
    let step = try fast.step(images, outputGradient: gradient)
    let expected = reference.step(images, outputGradient: gradient)
    expectEqual(step, expected, tolerance: 1e-5, floor: 1)
  }

  /// One value per channel is its own mean: the output is the shift, and nothing flows back to the input but the
  /// rounding of terms of about 1 / √epsilon = 316 that cancel.
  @Test func aSingleValuePerChannel() throws {
    var random = TestRandom(seed: 3)
    let graph = try Graph.single(BatchNorm(), input: [5, 1, 1], batch: 1)
    var reference = ReferenceNetwork(graph, random: &random)
    let fast = try FastNetwork(reference, batch: 1)
    let images = random.tensor([1, 5, 1, 1], mean: 100)
    let gradient = random.tensor([1, 5, 1, 1])
    let step = try fast.step(images, outputGradient: gradient)
    expectEqual(step, reference.step(images, outputGradient: gradient), tolerance: 1e-4, floor: 1)
    #expect(step.output == reference.parameters["operation.bias"]!.values)
    #expect(step.gradients["operation.weight"]!.allSatisfy { $0 == 0 })
    // One value has no variance that could be tracked.
    let statistics = fast.replica.table.statistics.parts
    for part in statistics {
      let first = reference.statistics[part.name]!.values
      #expect((0..<5).allSatisfy { fast.replica.statistics[part.offset / 4 + $0] == Float(first[$0]) }, "\(part.name)")
    }
  }
}
