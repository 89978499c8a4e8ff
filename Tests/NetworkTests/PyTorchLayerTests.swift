import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Normalisation, pooling and resampling against PyTorch in float64, as `make_layers.py` wrote them: the oracle closely,
/// the fast kernels within f32.
@Suite struct PyTorchLayerTests {
  @Test(arguments: try LayerCase.all()) func agrees(_ test: LayerCase) throws {
    let input = test.value("input")
    let batch = input.shape[0]
    let graph = try Graph.single(test.node, input: Shape(Array(input.shape.dimensions.dropFirst())), batch: batch)
    var reference = ReferenceNetwork(graph, start: PyTorchFixture.networkTensor)
    for name in reference.parameters.keys where name.hasPrefix("operation.") {
      reference.parameters[name] = test.value(String(name.dropFirst("operation.".count)))
    }
    let fast = try FastNetwork(reference, batch: batch, options: PlanOptions(tile: 1))
    let upstream = PyTorchFixture.tensor("\(test.name).upstream", Shape(test.output.shape)) { 2 * $0 - 1 }
    // Our epsilon, alpha and their like are f32.
    expect(reference.step(input, outputGradient: upstream), test, tolerance: 1e-8)
    expect(try fast.step(input, outputGradient: upstream), test, tolerance: 2e-6)
  }

  private func expect(_ step: StepResult, _ test: LayerCase, tolerance: Double) {
    #expect(test.output.error(of: step.output) < tolerance)
    for summary in test.gradients {
      let part = summary.name.dropFirst(test.name.count + 1)
      let values = step.gradients[part == "input" ? "probe.gradient" : "operation.\(part)"]
      #expect(summary.error(of: values ?? []) < tolerance, "the gradient of \(part)")
    }
  }
}

/// One case of `layers.json`.
struct LayerCase: Decodable, CustomTestStringConvertible {
  struct Tensor: Decodable {
    let name: String
    let shape: [Int]
  }
  let name, operation: String
  let inputs: [Tensor]
  let inputScale, inputOffset: Double
  let output: TensorSummary
  let gradients: [TensorSummary]

  // PyTorch's arguments.
  let eps: Float?
  let numGroups, size, upscaleFactor, downscaleFactor: Int?
  let alpha, beta, k: Float?
  let kernelSize, stride, padding, dilation, outputSize: [Int]?
  let ceilMode, countIncludePad, alignCorners: Bool?
  let scaleFactor: [Double]?

  var testDescription: String { name }

  static func all() throws -> [LayerCase] {
    struct File: Decodable { let cases: [LayerCase] }
    return try PyTorchFixture.read("layers", as: File.self).cases
  }

  func value(_ part: String) -> ReferenceTensor {
    let tensor = inputs.first { $0.name == "\(name).\(part)" }!
    let (scale, offset) = part == "input" ? (inputScale, inputOffset) : (1, 0)
    return PyTorchFixture.tensor(tensor.name, Shape(tensor.shape)) { (2 * $0 - 1) * scale + offset }
  }

  var node: any Operation {
    switch operation {
    case "layer_norm": LayerNorm(over: .sample, epsilon: eps!)
    case "layer_norm_2d": LayerNorm(over: .channels, epsilon: eps!)
    case "group_norm": GroupNorm(groups: numGroups!, epsilon: eps!)
    case "local_response_norm": LocalResponseNorm(size: size!, alpha: alpha!, beta: beta!, k: k!)
    case "max_pool2d": MaxPooling(rows: window(0), columns: window(1))
    case "avg_pool2d": AveragePooling(rows: window(0), columns: window(1), countsPadding: countIncludePad!)
    case "adaptive_avg_pool2d": AdaptiveAveragePooling(height: outputSize![0], width: outputSize![1])
    case "adaptive_max_pool2d": AdaptiveMaxPooling(height: outputSize![0], width: outputSize![1])
    case "interpolate": Upsampling(alignCorners.map { .bilinear(alignsCorners: $0) } ?? .nearest, to: resampledSize)
    case "pixel_shuffle": PixelShuffle(factor: upscaleFactor!)
    case "pixel_unshuffle": PixelUnshuffle(factor: downscaleFactor!)
    default: preconditionFailure("no operation for \(operation)")
    }
  }

  private func window(_ axis: Int) -> SlidingWindow {
    SlidingWindow(
      kernel: kernelSize![axis], stride: stride![axis], padding: padding![axis], dilation: dilation?[axis] ?? 1,
      roundsUp: ceilMode!)
  }

  private var resampledSize: Upsampling.Size {
    scaleFactor.map { .factor(rows: $0[0], columns: $0[1]) } ?? .pixels(height: outputSize![0], width: outputSize![1])
  }
}
