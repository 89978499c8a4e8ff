import Collectives
import Network
import Tensors
import TestSupport
import Testing
import Training

/// A sharded update is the update, bit by bit, with a part of its state on each rank.
@Suite struct ShardedUpdateTests {
  private struct Outcome: Sendable, Equatable {
    var losses: [Double] = []
    var parameters: [UInt32] = []
    var velocity: [UInt32] = []
  }

  struct Layout: Sendable, CustomTestStringConvertible {
    let worldSize: Int
    let hosts: [Int]
    var testDescription: String { "\(worldSize) ranks, hosts of \(hosts)" }
  }

  private static let layouts = [
    Layout(worldSize: 1, hosts: [1]), Layout(worldSize: 2, hosts: [2]), Layout(worldSize: 3, hosts: [1]),
    Layout(worldSize: 4, hosts: [2]), Layout(worldSize: 5, hosts: [5]), Layout(worldSize: 5, hosts: [3, 2]),
    Layout(worldSize: 6, hosts: [1, 3, 2]),
  ]

  /// Three steps of seven, three and seven samples; the second leaves ranks without any.
  private func train(
    _ layout: Layout, _ algorithm: AllReduceAlgorithm, sharded: Bool, wire: WireType = .f32, _ overrides: [String]
  ) throws -> [Outcome] {
    let plan = try tinyPlan(worldSize: layout.worldSize, overrides + ["optimizer.sharded=\(sharded)"])
    return try onRanks(layout.worldSize, hosts: layout.hosts) { communicator in
      communicator.algorithms = AlgorithmTable(algorithm)
      communicator.wire = wire
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      var outcome = Outcome()
      for step in [0, 1, 0] {
        let batch = SmallBatch(plan.samples(step: step, rank: communicator.rank))
        outcome.losses.append(try batch.withLocal { try training.run($0, rate: 0.02) }.sums.loss)
      }
      outcome.parameters = training.replica.parameters.map(\.bitPattern)
      outcome.velocity = try training.update.gatherVelocity().floats.map(\.bitPattern)
      return outcome
    }
  }

  @Test(arguments: layouts, [AllReduceAlgorithm.ring, .twoLevel])
  func givesTheSameBits(layout: Layout, algorithm: AllReduceAlgorithm) throws {
    for overrides in [
      [], ["optimizer.momentum=0"], ["optimizer.nesterov=true", "optimizer.decay_norms_and_biases=true"],
    ] {
      let whole = try train(layout, algorithm, sharded: false, overrides)
      let sharded = try train(layout, algorithm, sharded: true, overrides)
      for rank in 0..<layout.worldSize { #expect(sharded[rank] == whole[0], "rank \(rank), \(overrides)") }
      #expect(sharded[0].velocity.contains { $0 != 0 } && Set(sharded[0].losses).count == 3)
    }
  }

  /// Not sharded, an update asks nothing of the algorithm; sharded, it is refused.
  @Test func othersAreRefused() throws {
    let layout = Layout(worldSize: 3, hosts: [3])
    #expect(try train(layout, .halvingDoubling, sharded: false, []).count == 3)
    #expect(throws: AlgorithmUnavailable.self) { try train(layout, .halvingDoubling, sharded: true, []) }
  }

  /// Sums that the wire rounds are rounded for their owners too; weights travel unrounded.
  @Test(arguments: layouts, [AllReduceAlgorithm.ring, .twoLevel])
  func givesTheSameBitsWhereTheWireRounds(layout: Layout, algorithm: AllReduceAlgorithm) throws {
    let whole = try train(layout, algorithm, sharded: false, wire: .bf16, [])
    let sharded = try train(layout, algorithm, sharded: true, wire: .bf16, [])
    for rank in 0..<layout.worldSize { #expect(sharded[rank] == whole[0], "rank \(rank)") }
    #expect(sharded[0].parameters.contains { $0 & 0xFFFF != 0 }, "weights are not bf16")
  }

  @Test(arguments: layouts) func eachRankHasAPartOfTheState(layout: Layout) throws {
    let plan = try tinyPlan(worldSize: layout.worldSize, ["optimizer.sharded=true"])
    let counts = try onRanks(layout.worldSize, hosts: layout.hosts) { communicator in
      try TrainingStep(plan, communicator: communicator, threads: 1).update.velocity.count
    }
    let elements = plan.parameters.parameters.bytes / 4
    #expect(counts.reduce(0, +) == elements)
    #expect(layout.worldSize == 1 || counts.allSatisfy { $0 < elements })
  }

  /// Puts an infinity into every rank's memory of one gradient, when the sums are there.
  private final class Spoiler: StepObserver {
    let gradients: UnsafeMutableBufferPointer<Float>
    let element: Int

    init(_ gradients: UnsafeMutableBufferPointer<Float>, _ element: Int) {
      (self.gradients, self.element) = (gradients, element)
    }

    func record(
      _ name: String, _ phase: StepPhase, tile: Int?, from start: ContinuousClock.Instant,
      to end: ContinuousClock.Instant
    ) {
      if name == "wait for the last buckets" { gradients[element] = .infinity }
    }
  }

  /// One rank alone looks at this gradient, and every rank stops and says the same.
  @Test(arguments: layouts.filter { $0.worldSize > 1 })
  func whatOneRankFindsStopsAll(layout: Layout) throws {
    let plan = try tinyPlan(worldSize: layout.worldSize, ["optimizer.sharded=true"])
    let last = plan.parameters.parameters.parts.indices.last!
    let element = plan.parameters.parameters.parts[last].offset / 4
    let outcomes = try onRanks(layout.worldSize, hosts: layout.hosts) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let before = Array(training.replica.parameters)
      training.observer = Spoiler(training.replica.gradients, element)
      let batch = SmallBatch(plan.samples(step: 0, rank: communicator.rank))
      let failure = try jobFailure { _ = try batch.withLocal { try training.run($0, rate: 1) } }
      #expect(Array(training.replica.parameters) == before)
      return (failure, training.update.firstNonFiniteSum)
    }
    #expect(outcomes.compactMap(\.1) == [element], "one rank finds it")
    for (failure, _) in outcomes {
      #expect(failure?.description.contains("the gradient of fc.bias is not finite") == true, "\(failure as Any)")
      #expect(failure?.reports.map(\.ranks) == [Array(0..<layout.worldSize)])
    }
  }

  @Test func notANumberEverywhereNamesTheRankThatBegan() throws {
    let plan = try tinyPlan(worldSize: 3, ["optimizer.sharded=true"])
    let failures = try onRanks(3) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let batch = SmallBatch(plan.samples(step: 0, rank: communicator.rank))
      if communicator.rank == 1 { batch.spoil() }
      return try jobFailure { _ = try batch.withLocal { try training.run($0, rate: 1) } }
    }
    for failure in failures {
      #expect(
        failure?.description.contains("first in the statistics of a BatchNorm on rank 1") == true, "\(failure as Any)")
    }
  }
}
