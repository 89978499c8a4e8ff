import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

extension TestRandom {
  mutating func tensor(_ shape: Shape, mean: Double = 0, deviation: Double = 1) -> ReferenceTensor {
    ReferenceTensor(shape, values(shape.elements, mean: mean, deviation: deviation))
  }
}

/// Every number that two steps leave agrees within `tolerance` of its tensor's norm, or of `floor` where that is more.
func expectEqual(
  _ step: StepResult, _ reference: StepResult, tolerance: Double, floor: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  func compare(_ values: [Double], _ expected: [Double], _ what: String, floor: Double) {
    let error = relativeError(of: values, to: expected, floor: floor)
    #expect(error <= tolerance, "\(what) is off by \(error)", sourceLocation: sourceLocation)
  }
  compare(step.output, reference.output, "output", floor: 0)
  #expect(step.gradients.keys == reference.gradients.keys, sourceLocation: sourceLocation)
  for (name, gradient) in reference.gradients {
    compare(step.gradients[name] ?? [], gradient, "gradient of \(name)", floor: floor)
  }
  for (name, values) in reference.statistics {
    compare(step.statistics[name] ?? [], values, name, floor: 0)
  }
}

/// Compares first and reports after: a report of millions of differing numbers would take minutes.
func expectSameBits(
  _ step: StepResult, _ other: StepResult, sourceLocation: SourceLocation = #_sourceLocation
) {
  let outputsAgree = step.output == other.output
  let statisticsAgree = step.statistics == other.statistics
  let differing = other.gradients.keys.sorted().filter { step.gradients[$0] != other.gradients[$0] }
  #expect(outputsAgree && statisticsAgree, sourceLocation: sourceLocation)
  #expect(differing.isEmpty, sourceLocation: sourceLocation)
}

/// Runs one training step of `graph`, which has one output, on random data, fast and in Double.
func expectAgreement(
  _ graph: Graph, batch: Int, seed: UInt64, tolerance: Double, floor: Double = 0, mean: Double = 0,
  options: PlanOptions = PlanOptions(), sourceLocation: SourceLocation = #_sourceLocation
) throws {
  var random = TestRandom(seed: seed)
  var reference = ReferenceNetwork(graph, random: &random)
  let fast = try FastNetwork(reference, batch: batch, options: options)
  let images = random.tensor(Shape([batch] + graph.shape(of: graph.input).dimensions), mean: mean)
  let gradient = random.tensor(Shape([batch] + fast.outputShape.dimensions))
  expectEqual(
    try fast.step(images, outputGradient: gradient), reference.step(images, outputGradient: gradient),
    tolerance: tolerance, floor: floor, sourceLocation: sourceLocation)
}
