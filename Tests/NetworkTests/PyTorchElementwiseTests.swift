import Kernels
import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Activations, dropout, products and channel operations against PyTorch in float64, as `make_elementwise.py` wrote them:
/// the oracle closely, the fast kernels within f32.
@Suite struct PyTorchElementwiseTests {
  struct Case: Decodable, CustomTestStringConvertible {
    struct Tensor: Decodable {
      let name: String
      let shape: [Int]
    }
    let name, operation: String
    let inputScale: Double?
    let inputs: [Tensor]?
    let output: TensorSummary?
    let gradients: [TensorSummary]?
    let points, derivatives: [Double]?
    let p: Double?
    let stays: String?

    var testDescription: String { name }

    static func all(_ operation: String) throws -> [Case] {
      struct File: Decodable { let cases: [Case] }
      return try PyTorchFixture.read("elementwise", as: File.self).cases.filter { $0.operation == operation }
    }

    func value(_ part: String) -> ReferenceTensor? {
      inputs?.first { $0.name == "\(name).\(part)" }.map { tensor in
        PyTorchFixture.tensor(tensor.name, Shape(tensor.shape)) {
          (2 * $0 - 1) * (part == "input" ? inputScale ?? 1 : 1)
        }
      }
    }

    var upstream: ReferenceTensor {
      PyTorchFixture.tensor("\(name).upstream", Shape(output!.shape)) { 2 * $0 - 1 }
    }
  }

  static let functions: [String: ActivationFunction] = [
    "relu6": .relu6, "leaky_relu": .leakyReLU(), "elu": .elu(), "selu": .selu, "silu": .silu, "gelu": .gelu,
    "gelu_tanh": .geluTanh, "tanh": .tanh, "sigmoid": .sigmoid, "hardtanh": .hardTanh(), "hardsigmoid": .hardSigmoid,
    "hardswish": .hardSwish,
  ]

  /// What the case computes, from a value that shows its gradient.
  private func network(_ test: Case, input: Shape, batch: Int) throws -> Graph {
    var graph = Graph(name: test.name, input: input)
    let x = try graph.add("probe", GradientProbe(batch: batch), graph.input)
    switch test.name {
    case "multiply":
      let halves = try graph.split("halves", x, into: [3, 3])
      graph.markOutput(try graph.add("multiply", Multiply(), halves[0], halves[1]))
    case "squeeze_excitation":
      let mean = try graph.add("mean", GlobalAveragePooling(), x)
      graph.markOutput(try graph.add("multiply", Multiply(), x, try graph.add("gate", Elementwise(.sigmoid), mean)))
    case "concat":
      let clipped = try graph.add("clipped", Elementwise(.hardTanh(low: -0.5, high: 0.5)), x)
      let slice = try graph.add("slice", Slice(channels: 1..<3), x)
      graph.markOutput(try graph.concat("concat", [x, clipped, slice]))
    case "flatten":
      let flat = try graph.add("flat", Flatten(), x)
      graph.markOutput(try graph.add("operation", Linear(outputs: test.output!.shape[1]), flat))
    default:
      let function = try #require(Self.functions[test.name], "no network for \(test.name)")
      graph.markOutput(try graph.add("operation", Elementwise(function), x))
    }
    return graph
  }

  @Test(arguments: try Case.all("activation") + Case.all("network")) func agrees(_ test: Case) throws {
    let input = try #require(test.value("input"))
    let batch = input.shape[0]
    let graph = try network(test, input: Shape(Array(input.shape.dimensions.dropFirst())), batch: batch)
    var reference = ReferenceNetwork(graph, start: PyTorchFixture.networkTensor)
    for part in ["weight", "bias"] {
      if let value = test.value(part) { reference.parameters["operation.\(part)"] = value }
    }
    let fast = try FastNetwork(reference, batch: batch, options: PlanOptions(tile: 1))
    // PyTorch's derivative of hard sigmoid is the f32 next to 1/6.
    let tolerance = test.name == "hardsigmoid" ? 1e-7 : 1e-12
    expect(reference.step(input, outputGradient: test.upstream), test, tolerance: tolerance)
    expect(try fast.step(input, outputGradient: test.upstream), test, tolerance: 1e-6)
  }

  private func expect(_ step: StepResult, _ test: Case, tolerance: Double) {
    #expect(test.output!.error(of: step.output) < tolerance)
    for summary in test.gradients! {
      let part = summary.name.dropFirst(test.name.count + 1)
      let values = step.gradients[part == "input" ? "probe.gradient" : "operation.\(part)"]
      #expect(summary.error(of: values ?? []) < tolerance, "the gradient of \(part)")
    }
  }

  /// Derivatives at and around every kink.
  @Test(arguments: try Case.all("derivative")) func derivatives(_ test: Case) throws {
    let (points, derivatives) = (try #require(test.points), try #require(test.derivatives))
    let graph = try network(test, input: [points.count], batch: 1)
    var reference = ReferenceNetwork(graph, start: PyTorchFixture.networkTensor)
    let fast = try FastNetwork(reference, batch: 1)
    let input = ReferenceTensor([1, points.count], points)
    let ones = ReferenceTensor(input.shape, points.map { _ in 1 })
    for step in [reference.step(input, outputGradient: ones), try fast.step(input, outputGradient: ones)] {
      let gradient = try #require(step.gradients["probe.gradient"])
      for (index, point) in points.enumerated() {
        #expect(abs(gradient[index] - derivatives[index]) < 1e-6, "at \(point)")
      }
    }
  }

  /// PyTorch's own masks through our definition; `DropoutTests` holds the fast operations to that definition.
  @Test(arguments: try Case.all("dropout")) func masks(_ test: Case) throws {
    let (input, p) = (try #require(test.value("input")), try #require(test.p))
    let mask: String = try #require(test.stays)
    let stays = mask.map { $0 == "1" }
    let dropout = ReferenceDropout(test.name == "alpha_dropout" ? .alpha : .zero, probability: p)
    #expect(test.output!.error(of: dropout.forward(input, stays: stays).values) < 1e-12)
    let gradient = dropout.backward(outputGradient: test.upstream, stays: stays)
    #expect(test.gradients![0].error(of: gradient.values) < 1e-12)
  }
}
