import Network
import ReferenceKernels
import Tensors

/// The identity, with a parameter whose gradient is what reaches it: shows a test the gradient of any value of a
/// network, also of the network's input, which has none otherwise.
struct GradientProbe: Operation {
  /// Samples of a batch; a probe works for this size alone.
  var batch: Int

  var kind: String { "gradient probe" }

  func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    [ParameterSpecification("gradient", Shape([batch] + inputs[0].dimensions), .constant(0), decays: false)]
  }

  var memory: MemoryRule { MemoryRule() }

  func prepare(at site: Site) -> any PreparedOperation { Prepared(site) }

  private final class Prepared: PreparedOperation {
    let site: Site
    let elements: Int

    init(_ site: Site) {
      self.site = site
      elements = site.tile * site.outputShape.elements
    }

    func forward(_ call: Call) {
      call.outputFloats.update(from: call.floats(ofInput: 0), count: elements)
    }

    func backward(_ call: Call) {
      let gradient = ReferenceTensor(channelsLast: call.outputGradientFloats, batch: site.tile, of: site.outputShape)
      let first = call.samples.lowerBound * site.outputShape.elements
      for (index, value) in gradient.values.enumerated() { site.parameterGradients[0][first + index] = Float(value) }
      call.gradientFloats(ofInput: 0)?.update(from: call.outputGradientFloats, count: elements)
    }
  }
}

extension GradientProbe: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (inputs[0], [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([outputGradient], [outputGradient])
  }
}
