import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Whatever a plan chooses, a training step of six samples is the same one.
@Suite struct PlanOptionTests {
  private let reference: ReferenceNetwork
  private let images, gradient: ReferenceTensor
  private let expected: StepResult

  init() throws {
    var random = TestRandom(seed: 1)
    reference = ReferenceNetwork(try Graph.smallResidual(classes: 5), random: &random)
    images = random.tensor([6, 3, 12, 12])
    gradient = random.tensor([6, 5])
    var copy = reference
    expected = copy.step(images, outputGradient: gradient)
  }

  private func step(_ options: PlanOptions) throws -> StepResult {
    try FastNetwork(reference, batch: 6, options: options).step(images, outputGradient: gradient)
  }

  @Test(arguments: [nil, 1, 2, 3, 6], PlanOptions.Recomputation.allCases)
  func everyPlanAgreesWithTheReference(tile: Int?, recomputation: PlanOptions.Recomputation) throws {
    let options = PlanOptions(recomputation: recomputation, tile: tile)
    let result = try step(options)
    expectEqual(result, expected, tolerance: 1e-5)
    expectSameBits(try step(options), result)
  }

  /// What is computed again has the bits that it had.
  @Test(arguments: [1, 2, 3, 6], [ElementType.f32, .bf16])
  func recomputationChangesNoBit(tile: Int, activations: ElementType) throws {
    let kept = try step(PlanOptions(activations: activations, hasNativeBF16: false, recomputation: .none, tile: tile))
    for recomputation in [PlanOptions.Recomputation.activations, .chains] {
      let options = PlanOptions(
        activations: activations, hasNativeBF16: false, recomputation: recomputation, tile: tile)
      expectSameBits(try step(options), kept)
    }
  }

  /// A tile of four does not divide six: it is three.
  @Test func aTileThatDoesNotDivideTheBatchIsSmaller() throws {
    expectSameBits(try step(PlanOptions(tile: 4)), try step(PlanOptions(tile: 3)))
  }

  /// The gradients of a network with so few numbers between its BatchNorms are small differences of large ones: bf16
  /// leaves them a few bits. A misplaced tensor would make an error of 1 and more.
  @Test(arguments: [1, 2, 3, 6]) func bf16StaysNear(tile: Int) throws {
    let result = try step(PlanOptions(activations: .bf16, hasNativeBF16: false, tile: tile))
    #expect(relativeError(of: result.output, to: expected.output) < 0.05)
    expectEqual(result, expected, tolerance: 0.6)
  }

  /// Backward reads what forward left in tiles of another size.
  @Test func tilesOfOtherSizesForwardAndBackward() throws {
    var graph = Graph(name: "pooled", input: [16, 40, 40])
    var x = try graph.add("first", Convolution(outputChannels: 16, kernel: 1), graph.input)
    x = try graph.add("pool", MaxPooling(kernel: 3, stride: 1, padding: 1), x)
    x = try graph.add("second", Convolution(outputChannels: 32, kernel: 1), x)
    graph.markOutput(try graph.add("fc", Linear(outputs: 3), try graph.add("mean", GlobalAveragePooling(), x)))
    let plan = ExecutionPlan(graph, batch: 6, mode: .training)
    #expect(tile(of: "pool", .forward, plan.forward, plan) != tile(of: "pool", .backward, plan.backward, plan))
    try expectAgreement(graph, batch: 6, seed: 1, tolerance: 1e-5)
  }

  private func tile(
    of name: String, _ action: ExecutionPlan.Action, _ sections: [ExecutionPlan.Section], _ plan: ExecutionPlan
  ) -> Int? {
    sections.first { section in
      plan.steps[section.steps].contains { $0.action == action && plan.graph.nodes[$0.node].name == name }
    }?.tile
  }
}
