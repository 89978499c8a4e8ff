import Architectures
import Network
import TestSupport
import Testing

/// No tensor of any plan is overwritten while it is still to be read, and all is read where it is.
@Suite struct PlanTests {
  @Test(arguments: ResNet.Depth.allCases, [0, 1, 2, 6]) func residualNetworksFindWhatTheyRead(
    depth: ResNet.Depth, batch: Int
  ) throws {
    let graph = try ResNet(depth, classes: 10, imageSize: 64).graph()
    expectSoundPlans(graph, batch: batch, tiles: [nil, 1, 2])
  }

  @Test func residualNetworksOnLargerBatches() throws {
    let graph = try ResNet(.resnet50, classes: 10, imageSize: 64).graph()
    expectSoundPlans(graph, batch: 16, tiles: [nil, 2, 5, 16])
  }

  /// Graphs that can be run, with one output.
  @Test(arguments: UInt64(0)..<100) func randomNetworksFindWhatTheyRead(seed: UInt64) throws {
    let graph = try Graph.random(seed: seed, isArbitrary: false)
    expectSoundPlans(graph, batch: 6, tiles: [nil, 1, 2, 6])
    for batch in [0, 1] { expectSoundPlans(graph, batch: batch, tiles: [nil]) }
  }

  /// Operations with any rules, and several outputs, some of which are read.
  @Test(arguments: UInt64(0)..<150) func arbitraryNetworksFindWhatTheyRead(seed: UInt64) throws {
    let graph = try Graph.random(seed: seed, isArbitrary: true)
    expectSoundPlans(graph, batch: 6, tiles: [nil, 1, 2, 6])
    for batch in [0, 1] { expectSoundPlans(graph, batch: batch, tiles: [nil]) }
  }

  @Test(arguments: UInt64(0)..<60) func randomNetworksAgreeWithTheReference(seed: UInt64) throws {
    let graph = try Graph.random(seed: seed, isArbitrary: false)
    var random = TestRandom(seed: seed)
    let options = PlanOptions(
      recomputation: random.element(of: PlanOptions.Recomputation.allCases), tile: random.element(of: [nil, 1, 2, 4]))
    try expectAgreement(graph, batch: 4, seed: seed, tolerance: 1e-4, floor: 1, options: options)
  }

  /// Ranks with batches of unlike sizes exchange the same numbers in the same order.
  @Test func exchangesDependOnTheGraphAlone() throws {
    let graph = try ResNet(.resnet50, classes: 10, imageSize: 64).graph()
    let plan = ExecutionPlan(graph, batch: 16, mode: .training)
    for batch in [0, 1, 6] {
      for options in [nil, 1].flatMap(PlanOptions.everyChoice) {
        let other = ExecutionPlan(graph, batch: batch, mode: .training, options: options)
        #expect(other.forward.map(\.exchanges) == plan.forward.map(\.exchanges))
        #expect(other.backward.map(\.exchanges) == plan.backward.map(\.exchanges))
        #expect(other.backward.map(\.finished) == plan.backward.map(\.finished))
      }
    }
  }

  /// A convolution's weights stay in its staging buffer from the section's first tile to the last.
  @Test func weightsOfASectionLieApart() throws {
    let graph = try ResNet(.resnet50, classes: 10, imageSize: 64).graph()
    let plan = ExecutionPlan(graph, batch: 6, mode: .training)
    for section in plan.forward + plan.backward {
      let weighted = plan.steps[section.steps].filter { step in
        ["convolution", "linear"].contains(plan.graph.nodes[step.node].operation.operation.kind)
      }
      let slots = Dictionary(grouping: weighted, by: \.node).mapValues { Set($0.map(\.slot)) }
      #expect(slots.values.allSatisfy { $0.count == 1 })
      #expect(Set(slots.values.flatMap { $0 }) == Set(0..<slots.count))
    }
  }

  @Test func evaluationNeedsMuchLessMemory() throws {
    for depth in ResNet.Depth.allCases {
      let graph = try ResNet(depth, classes: 1000, imageSize: 224).graph()
      let training = ExecutionPlan(graph, batch: 16, mode: .training).bytes
      let evaluation = ExecutionPlan(graph, batch: 16, mode: .evaluation).bytes
      #expect(evaluation * 3 < training, "\(depth): \(evaluation) bytes against \(training)")
    }
  }

  @Test(arguments: ResNet.Depth.allCases) func recomputationSavesMemory(depth: ResNet.Depth) throws {
    let graph = try ResNet(depth, classes: 1000, imageSize: 224).graph()
    let bytes = PlanOptions.Recomputation.allCases.map {
      ExecutionPlan(graph, batch: 16, mode: .training, options: PlanOptions(recomputation: $0)).bytes
    }
    #expect(bytes[1] * 5 < bytes[0] * 4 && bytes[2] * 5 < bytes[0] * 4, "\(bytes)")
    // Restoring a stage of 36 blocks at once takes more than keeping every other block's output saves.
    #expect(bytes[2] < bytes[1] || depth == .resnet152, "\(bytes)")
  }

  @Test func anEmptyBatchNeedsNoMemory() throws {
    let graph = try ResNet(.resnet18, classes: 10, imageSize: 64).graph()
    #expect(ExecutionPlan(graph, batch: 0, mode: .training).bytes == 0)
  }

  @Test func plansAreValues() throws {
    let graph = try ResNet(.resnet50, classes: 10, imageSize: 64).graph()
    let again = try ResNet(.resnet50, classes: 10, imageSize: 64).graph()
    #expect(graph == again)
    #expect(ExecutionPlan(graph, batch: 2, mode: .training) == ExecutionPlan(again, batch: 2, mode: .training))
    #expect(graph != (try ResNet(.resnet50, classes: 11, imageSize: 64).graph()))
  }

  /// Stops at the first plan that is not sound: the others would only repeat it.
  private func expectSoundPlans(
    _ graph: Graph, batch: Int, tiles: [Int?], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for options in tiles.flatMap(PlanOptions.everyChoice) {
      for mode in [ExecutionPlan.Mode.training, .evaluation] {
        let problems = PlanSimulation.problems(ExecutionPlan(graph, batch: batch, mode: mode, options: options))
        #expect(problems.isEmpty, "\(mode) of \(batch) with \(options)", sourceLocation: sourceLocation)
        if !problems.isEmpty { return }
      }
    }
  }
}

extension PlanOptions {
  /// Every recomputation with f32, and with bf16 on processors with and without instructions for it.
  static func everyChoice(tile: Int?) -> [PlanOptions] {
    Recomputation.allCases.flatMap { recomputation in
      [
        PlanOptions(activations: .f32, recomputation: recomputation, tile: tile),
        PlanOptions(activations: .bf16, hasNativeBF16: true, recomputation: recomputation, tile: tile),
        PlanOptions(activations: .bf16, hasNativeBF16: false, recomputation: recomputation, tile: tile),
      ]
    }
  }
}
