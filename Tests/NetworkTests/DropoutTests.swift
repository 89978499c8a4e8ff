import Kernels
import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Dropout, alpha dropout and stochastic depth: the formula for a given mask, and what the mask depends on.
@Suite struct DropoutTests {
  private static let batch = 4
  private static let shape: Shape = [5, 3, 2]

  /// Which numbers a pass draws.
  private struct Pass {
    var seed: UInt64 = 11
    var step = 3
    var samples: [Int] = []
    var options = PlanOptions()
  }

  /// One training step of `probe -> operation` on `images`, `[N, C, H, W]`.
  private func run(
    _ operation: some Operation, _ images: ReferenceTensor, _ gradient: ReferenceTensor, _ pass: Pass = Pass(),
    name: String = "operation"
  ) throws -> StepResult {
    let shape = Shape(Array(images.shape.dimensions.dropFirst()))
    var graph = Graph(name: "single", input: shape)
    let x = try graph.add("probe", GradientProbe(batch: images.shape[0]), graph.input)
    graph.markOutput(try graph.add(name, operation, x))
    let network = try FastNetwork(
      ReferenceNetwork(graph) { ReferenceTensor(zeros: $1) }, batch: images.shape[0], options: pass.options)
    network.replica.randomness.seed = pass.seed
    network.replica.randomness.step = pass.step
    network.replica.randomness.samples = pass.samples
    return try network.step(images, outputGradient: gradient)
  }

  private func images(seed: UInt64) -> ReferenceTensor {
    var random = TestRandom(seed: seed)
    return random.tensor(Shape([Self.batch] + Self.shape.dimensions))
  }

  /// What stays by definition, in the order N, C, H, W: element i of a sample, counted in memory, has word i.
  private func stays(_ probability: Double, pass: Pass, samples: [Int]) -> [Bool] {
    let words = samples.flatMap { sample in
      var random = KeyedRandom(
        seed: pass.seed ^ Digest(of: "operation").value, purpose: .dropout, epoch: pass.step, index: sample)
      let numbers = (0..<Self.shape.elements / 2).map { _ in random.next() }
      return numbers.flatMap { [Float($0 & 0xFFFF_FFFF), Float($0 >> 32)] }
    }
    let values = ReferenceTensor(channelsLast: words, batch: samples.count, of: Self.shape).values
    return values.map { $0 >= probability * 0x1p32 }
  }

  @Test(arguments: [0.2, 0.5, 0.9], [1, 2, 4]) func followsTheFormula(probability: Double, tile: Int) throws {
    let (x, dy) = (images(seed: 1), images(seed: 2))
    let pass = Pass(samples: [7, 2, 1 << 33, 0], options: PlanOptions(tile: tile))
    let stays = stays(probability, pass: pass, samples: pass.samples)
    #expect(stays.contains(true) && stays.contains(false))
    let operations: [(any Operation, ReferenceDropout)] = [
      (Dropout(probability: probability), ReferenceDropout(.zero, probability: probability)),
      (AlphaDropout(probability: probability), ReferenceDropout(.alpha, probability: probability)),
    ]
    for (operation, reference) in operations {
      let step = try run(operation, x, dy, pass)
      #expect(relativeError(of: step.output, to: reference.forward(x, stays: stays).values) < 1e-6)
      let gradient = reference.backward(outputGradient: dy, stays: stays).values
      #expect(relativeError(of: step.gradients["probe.gradient"]!, to: gradient) < 1e-6)
    }
  }

  @Test(arguments: [StochasticDepth.Mode.sample, .batch], [1, 2, 4])
  func wholeSamplesFall(mode: StochasticDepth.Mode, tile: Int) throws {
    let (x, dy) = (images(seed: 1), images(seed: 2))
    let operation = StochasticDepth(probability: 0.4, mode: mode)
    var fallen: [Bool] = []
    for trial in 0..<20 {
      let step = try run(operation, x, dy, Pass(step: trial, options: PlanOptions(tile: tile)))
      let falls = (0..<Self.batch).map { step.output[$0 * Self.shape.elements] == 0 }
      let stays = falls.flatMap { Array(repeating: !$0, count: Self.shape.elements) }
      let reference = ReferenceDropout(.zero, probability: 0.4)
      #expect(relativeError(of: step.output, to: reference.forward(x, stays: stays).values) < 1e-6)
      let gradient = reference.backward(outputGradient: dy, stays: stays).values
      #expect(relativeError(of: step.gradients["probe.gradient"]!, to: gradient) < 1e-6)
      if mode == .batch { #expect(Set(falls).count == 1) }
      fallen += mode == .batch ? [falls[0]] : falls
    }
    #expect(fallen.contains(true) && fallen.contains(false))
  }

  static let operations: [any Operation & Sendable] = [
    Dropout(probability: 0.4), AlphaDropout(probability: 0.4), StochasticDepth(probability: 0.4, mode: .sample),
    StochasticDepth(probability: 0.4, mode: .batch),
  ]

  @Test(arguments: operations.indices) func dependsOnTheSamplesNumberAlone(index: Int) throws {
    let operation = Self.operations[index]
    let (x, dy) = (images(seed: 1), images(seed: 2))
    let whole = try run(operation, x, dy)
    for tile in [1, 2] {
      for recomputation in PlanOptions.Recomputation.allCases {
        let options = PlanOptions(recomputation: recomputation, tile: tile)
        #expect(try run(operation, x, dy, Pass(options: options)) == whole)
      }
    }
    // A rank that has the batch's last two samples.
    let rest = try run(operation, x.samples(2..<4), dy.samples(2..<4), Pass(samples: [2, 3]))
    #expect(rest.output == Array(whole.output[whole.output.count / 2..<whole.output.count]))
  }

  @Test func everyPassNodeAndSampleHasItsOwnMask() throws {
    let x = ReferenceTensor([2, 1 << 12], Array(repeating: 1, count: 2 << 12))
    let masks = [
      try run(Dropout(), x, x), try run(Dropout(), x, x, Pass(seed: 12)), try run(Dropout(), x, x, Pass(step: 4)),
      try run(Dropout(), x, x, name: "other"),
    ].map(\.output).flatMap { [Array($0.prefix(1 << 12)), Array($0.suffix(1 << 12))] }
    for (index, mask) in masks.enumerated() {
      for other in masks.prefix(index) {
        let equal = zip(mask, other).count { $0 == $1 }
        // Half of the places by chance; five standard deviations of 32.
        #expect(abs(equal - (1 << 11)) < 160)
      }
    }
  }

  @Test func alphaDropoutKeepsMeanAndVariance() throws {
    var random = TestRandom(seed: 5)
    let count = 1 << 16
    let x = random.tensor([1, count])
    let y = try run(AlphaDropout(probability: 0.3), x, x).output
    let mean = y.reduce(0, +) / Double(count)
    let variance = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.04)
  }

  @Test(arguments: operations.indices) func isTheIdentityInEvaluation(index: Int) throws {
    let x = images(seed: 1)
    let graph = try Graph.single(Self.operations[index], input: Self.shape, batch: Self.batch)
    let network = try FastNetwork(
      ReferenceNetwork(graph) { ReferenceTensor(zeros: $1) },
      batches: .init(training: [], evaluation: [Self.batch]))
    #expect(try network.forward(x, .evaluation) == x.values)
  }

  @Test func certaintyAtBothEnds() throws {
    let (x, dy) = (images(seed: 1), images(seed: 2))
    let zeros = x.values.map { _ in 0.0 }
    for operation in [Dropout(probability: 1), AlphaDropout(probability: 1)] as [any Operation] {
      #expect(try run(operation, x, dy).output == zeros)
    }
    for operation in [Dropout(probability: 0), AlphaDropout(probability: 0)] as [any Operation] {
      #expect(try run(operation, x, dy).output == x.values)
    }
    for mode in [StochasticDepth.Mode.sample, .batch] {
      #expect(try run(StochasticDepth(probability: 1, mode: mode), x, dy).output == zeros)
      #expect(try run(StochasticDepth(probability: 0, mode: mode), x, dy).output == x.values)
    }
  }
}

extension ReferenceTensor {
  fileprivate func samples(_ range: Range<Int>) -> ReferenceTensor {
    let size = values.count / shape[0]
    return ReferenceTensor(
      Shape([range.count] + shape.dimensions.dropFirst()),
      Array(values[range.lowerBound * size..<range.upperBound * size]))
  }
}
