import Architectures
import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

@Suite struct ReplicaTests {
  private let graph: Graph
  private let reference: ReferenceNetwork
  private let images, gradient: ReferenceTensor

  /// Images large enough to leave 2x2 pixels to the last stage. With 32x32, BatchNorm sees three values per channel
  /// there, and in Double a change of the parameters by 3e-8 moves gradients by 7e-5 (here by 5e-7): f32 could not
  /// agree to 1e-4.
  init() throws {
    var random = TestRandom(seed: 1)
    graph = try ResNet(.resnet18, classes: 5, imageSize: 40).graph()
    reference = ReferenceNetwork(graph, start: PyTorchFixture.networkTensor)
    images = random.tensor([3, 3, 40, 40])
    gradient = random.tensor([3, 5])
  }

  @Test func aSmallResNet18AgreesWithTheReference() throws {
    var reference = reference
    let fast = try FastNetwork(reference, batches: .init(training: [3], evaluation: [3]))
    let evaluated = try fast.forward(images, .evaluation)
    #expect(relativeError(of: evaluated, to: reference.forward(images, .evaluation).last!.values) < 1e-5)
    expectEqual(
      try fast.step(images, outputGradient: gradient), reference.step(images, outputGradient: gradient),
      tolerance: 1e-4)
  }

  @Test func theSameStepGivesTheSameBits() throws {
    let fast = try FastNetwork(reference, batch: 3)
    let first = try fast.step(images, outputGradient: gradient)
    fast.load(reference)
    let second = try fast.step(images, outputGradient: gradient)
    let other = try FastNetwork(reference, batch: 3).step(images, outputGradient: gradient)
    expectSameBits(second, first)
    expectSameBits(other, first)
  }

  /// All passes share one arena; each must find its own numbers there, whatever ran before.
  @Test func batchSizesDoNotDisturbEachOther() throws {
    let one = ReferenceTensor([1, 3, 40, 40], Array(images.values[..<4800]))
    let oneGradient = ReferenceTensor([1, 5], Array(gradient.values[..<5]))
    let alone = try FastNetwork(reference, batch: 3).step(images, outputGradient: gradient)
    let aloneOne = try FastNetwork(reference, batch: 1).step(one, outputGradient: oneGradient)
    let both = try FastNetwork(reference, batches: .init(training: [0, 1, 3], evaluation: [1, 2]))
    for _ in 0..<2 {
      both.load(reference)
      let step = try both.step(images, outputGradient: gradient)
      expectSameBits(step, alone)
      both.load(reference)
      _ = try both.forward(one, .evaluation)
      let stepOne = try both.step(one, outputGradient: oneGradient)
      expectSameBits(stepOne, aloneOne)
    }
  }

  /// Passes over images of other sizes share parameters and memory with the others, and each gives what it gives alone.
  @Test func sizesOfImagesDoNotDisturbEachOther() throws {
    let small = try ResNet(.resnet18, classes: 5, imageSize: 24).graph()
    var random = TestRandom(seed: 9)
    let images = [images, random.tensor([3, 3, 24, 24])]
    func gradients(_ replica: Replica, _ variant: Int, of images: ReferenceTensor) throws -> [UInt32] {
      replica.initialise(seed: 4)
      let logits = try replica.forward(images.channelsLast + [0], batch: 3, mode: .training, variant: variant)
      replica.outputGradient(batch: 3, variant: variant).update(from: logits, count: 15)
      try replica.backward(batch: 3, variant: variant) { _ in }
      return replica.gradients.map(\.bitPattern)
    }
    let batches = Replica.Batches(training: [0, 3], evaluation: [2])
    let both = try Replica(graph, variants: [small], batches: batches, reducer: nil)
    let alone = try [graph, small].enumerated().map { index, graph in
      try gradients(Replica(graph, batches: batches, reducer: nil), 0, of: images[index])
    }
    for variant in [1, 0, 1, 1, 0] { #expect(try gradients(both, variant, of: images[variant]) == alone[variant]) }
    #expect(alone[0] != alone[1])
  }

  @Test func gradientsAreReportedOnceWhenFinalAndRoughlyLastLayersFirst() throws {
    let fast = try FastNetwork(reference, batch: 3)
    _ = try fast.forward(images, .training)
    fast.replica.outputGradient(batch: 3).update(repeating: 1, count: 15)
    fast.replica.gradients.update(repeating: .nan)
    var reported: [Int] = []
    var values: [Int: [Float]] = [:]
    try fast.replica.backward(batch: 3) { range in
      reported += range
      for part in range { values[part] = gradient(part, of: fast.replica) }
    }
    let parts = fast.replica.table.parameters.parts.indices
    #expect(reported.sorted() == Array(parts))
    // Within the parameters of two layers.
    #expect(zip(reported, parts.reversed()).allSatisfy { abs($0 - $1) <= 6 }, "\(reported)")
    for part in parts {
      let (early, final) = (values[part], gradient(part, of: fast.replica))
      #expect(early == final && final.allSatisfy(\.isFinite), "part \(part) was reported before it was final")
    }
  }

  private func gradient(_ part: Int, of replica: Replica) -> [Float] {
    let part = replica.table.parameters.parts[part]
    return (0..<part.shape.elements).map { replica.gradients[part.offset / 4 + $0] }
  }

  @Test func anEmptyBatchHasZeroGradients() throws {
    let fast = try FastNetwork(reference, batch: 0)
    let step = try fast.step(
      ReferenceTensor(zeros: [0, 3, 40, 40]), outputGradient: ReferenceTensor(zeros: [0, 5]))
    #expect(step.output.isEmpty)
    #expect(step.gradients.values.allSatisfy { $0.allSatisfy { $0 == 0 } })
    #expect(step.statistics == reference.statistics.mapValues(\.values))
  }
}
