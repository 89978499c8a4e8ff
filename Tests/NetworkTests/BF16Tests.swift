import Kernels
import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Activations kept in bf16, on a processor that computes on them and on one that is given f32 copies, against the same
/// definitions in Double.
///
/// What goes in is exact in bf16. A rounding errs by at most 2^-9 of a value, and so does a sum of independently rounded
/// ones of its norm; a layer rounds weights, output and gradient.
@Suite struct BF16Tests {
  private static let batch = 4

  /// oneDNN computes bf16 from AVX-512 on, slowly where there are no instructions for it.
  private static var computes: [Bool] { Engine.computesBF16 ? [true, false] : [false] }

  @Test(arguments: computes, UInt64(0)..<40) func convolutions(isNative: Bool, seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let (operation, input) = random.windowed { random, outputChannels, groups in
      Convolution(
        outputChannels: outputChannels, rows: random.axis(), columns: random.axis(), groups: groups,
        hasBias: random.element(of: [false, true]))
    }
    try expectAgreement(try .between(operation, input: input, batch: Self.batch), isNative, seed: seed)
  }

  @Test(arguments: computes, UInt64(0)..<20) func transposedConvolutions(isNative: Bool, seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let (operation, input) = random.windowed { random, outputChannels, groups in
      TransposedConvolution(
        outputChannels: outputChannels, rows: random.axis(), columns: random.axis(), groups: groups,
        hasBias: random.element(of: [false, true]))
    }
    try expectAgreement(try .between(operation, input: input, batch: Self.batch), isNative, seed: seed)
  }

  @Test(arguments: computes, [1, 3, 16, 17, 64]) func linear(isNative: Bool, inputs: Int) throws {
    for outputs in [1, 5, 17, 64] {
      let graph = try Graph.between(
        Linear(outputs: outputs, hasBias: outputs != 5), input: [inputs], batch: Self.batch)
      try expectAgreement(graph, isNative, seed: UInt64(inputs))
    }
  }

  @Test(arguments: computes, [1, 3, 17, 64, 65]) func pooling(isNative: Bool, channels: Int) throws {
    let operations: [any Operation] = [
      MaxPooling(kernel: 3, stride: 2, padding: 1), MaxPooling(kernel: 3, stride: 1, padding: 1),
      MaxPooling(kernel: 3, stride: 2, roundsUp: true), AdaptiveMaxPooling(height: 3, width: 4),
      AveragePooling(kernel: 3, stride: 2, padding: 1), AdaptiveAveragePooling(height: 3, width: 4),
      GlobalAveragePooling(), Upsampling(.bilinear(alignsCorners: false), factor: 2),
    ]
    for operation in operations {
      let graph = try Graph.between(operation, input: [channels, 8, 9], batch: Self.batch)
      try expectAgreement(graph, isNative, seed: UInt64(channels))
    }
  }

  /// Images are kept in the type that their reader computes in.
  @Test(arguments: computes) func convolutionOfTheInput(isNative: Bool) throws {
    var graph = Graph(name: "first", input: [3, 9, 9])
    let x = try graph.add("conv", Convolution(outputChannels: 16, kernel: 3, hasBias: true), graph.input)
    graph.markOutput(try graph.add("tail", GradientProbe(batch: Self.batch), x))
    try expectAgreement(graph, isNative, seed: 5)
    let options = PlanOptions(activations: .bf16, hasNativeBF16: isNative)
    let plan = ExecutionPlan(graph, batch: Self.batch, mode: .training, options: options)
    #expect(plan.buffers[plan.input].type == (isNative ? .bf16 : .f32))
  }

  /// A ReLU passes or cuts off the gradient of an element whose sign rounding has changed, and a share p of such elements
  /// is an error of √p: PyTorch's networks of this kind, rounded in the same places, are off by 0.03 to 0.08.
  private static let toleranceWithReLU = 0.15

  @Test(arguments: computes, [false, true]) func convolutionsInARow(isNative: Bool, areActivated: Bool) throws {
    var graph = Graph(name: "chain", input: [8, 9, 9])
    var x = try graph.add("probe", GradientProbe(batch: Self.batch), graph.input)
    for index in 0..<3 {
      x = try graph.add("conv\(index)", Convolution(outputChannels: 16, kernel: 3, padding: 1, hasBias: true), x)
      if areActivated { x = try graph.add("relu\(index)", ReLU(), x) }
    }
    graph.markOutput(try graph.add("fc", Linear(outputs: 10), try graph.add("pool", GlobalAveragePooling(), x)))
    try expectAgreement(graph, isNative, seed: 3, tolerance: areActivated ? Self.toleranceWithReLU : 2e-2)
  }

  @Test(arguments: computes, [false, true]) func residualBlock(isNative: Bool, bottleneck: Bool) throws {
    let graph = try Graph.block(
      bottleneck: bottleneck, input: [16, 8, 8], width: 16, stride: 2, batch: Self.batch)
    try expectAgreement(graph, isNative, seed: 4, tolerance: Self.toleranceWithReLU)
  }

  /// What this processor cannot do ends before the first step, and says where and why.
  @Test(.enabled(if: !Engine.computesBF16, "oneDNN computes bf16 here"))
  func bf16WithoutInstructionsIsRefused() throws {
    let graph = try Graph.between(Convolution(outputChannels: 8, kernel: 3), input: [3, 8, 8], batch: 2)
    let error = #expect(throws: PreparationError.self) {
      try Replica(
        graph, batches: .init(training: [2], evaluation: []), options: PlanOptions(activations: .bf16), reducer: nil)
    }
    #expect(error?.description.contains("at operation, oneDNN") == true)
    #expect(error?.description.contains("bf16 convolution 3x8x8 -> 8x6x6") == true)
    #expect(error?.description.contains("or f32 instead of bf16") == true)
  }

  /// In tiles of two samples.
  private func expectAgreement(
    _ graph: Graph, _ isNative: Bool, seed: UInt64, tolerance: Double = 1e-2,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var random = TestRandom(seed: seed)
    var reference = ReferenceNetwork(graph, random: &random)
    let options = PlanOptions(activations: .bf16, hasNativeBF16: isNative, tile: 2)
    let fast = try FastNetwork(reference, batch: Self.batch, options: options)
    let images = random.tensor(Shape([Self.batch] + graph.shape(of: graph.input).dimensions)).roundedToBF16
    let gradient = random.tensor(Shape([Self.batch] + fast.outputShape.dimensions)).roundedToBF16
    expectEqual(
      try fast.step(images, outputGradient: gradient), reference.step(images, outputGradient: gradient),
      tolerance: tolerance, floor: 1, sourceLocation: sourceLocation)
  }
}

extension Graph {
  /// One operation between two probes, so that neither its input nor its output is the network's, which are f32.
  fileprivate static func between(_ operation: some Operation, input: Shape, batch: Int) throws -> Graph {
    var graph = Graph(name: "between", input: input)
    let x = try graph.add("probe", GradientProbe(batch: batch), graph.input)
    let y = try graph.add("operation", operation, x)
    graph.markOutput(try graph.add("tail", GradientProbe(batch: batch), y))
    return graph
  }
}

extension ReferenceTensor {
  /// The values with the bits cut off that bf16 does not have.
  fileprivate var roundedToBF16: ReferenceTensor {
    ReferenceTensor(shape, values.map { Double(Float(bitPattern: Float($0).bitPattern & 0xFFFF_0000)) })
  }
}
