import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Single operations against PyTorch in float64: the oracle closely, the fast kernels within f32.
@Suite struct PyTorchOperationTests {
  struct Case: Decodable, CustomTestStringConvertible {
    struct Tensor: Decodable {
      let name: String
      let shape: [Int]
    }
    let name, operation: String
    let kernelSize, stride, padding, dilation, outputPadding: [Int]?
    let groups: Int?
    let inputScale, inputOffset: Double?
    let labels: [Int]?
    let labelSmoothing: Double?
    let inputs: [Tensor]
    let output: TensorSummary
    let gradients: [TensorSummary]
    let runningStatistics: [TensorSummary]?

    var testDescription: String { name }

    static func all() throws -> [Case] {
      struct File: Decodable { let cases: [Case] }
      return try ["operations", "convolutions"].flatMap { try PyTorchFixture.read($0, as: File.self).cases }
    }

    /// nil for what is no node of a network here: a loss.
    var node: (any Operation)? {
      switch operation {
      case "conv2d":
        Convolution(
          outputChannels: output.shape[1], rows: axis(0), columns: axis(1), groups: groups!, hasBias: hasBias)
      case "conv_transpose2d":
        TransposedConvolution(
          outputChannels: output.shape[1], rows: axis(0), columns: axis(1), outputPaddingRows: outputPadding![0],
          outputPaddingColumns: outputPadding![1], groups: groups!, hasBias: hasBias)
      case "batch_norm": BatchNorm()
      case "max_pool2d": MaxPooling(kernel: kernelSize![0], stride: stride![0], padding: padding![0])
      case "adaptive_avg_pool2d": GlobalAveragePooling()
      case "relu": ReLU()
      case "linear": Linear(outputs: output.shape[1], hasBias: hasBias)
      default: nil
      }
    }

    private var hasBias: Bool { inputs.count == 3 }

    private func axis(_ index: Int) -> ConvolutionAxis {
      ConvolutionAxis(
        kernel: kernelSize![index], stride: stride![index], padding: padding![index], dilation: dilation?[index] ?? 1)
    }

    /// The part's value; `operation.weight` of a network of one node is `weight` here.
    func value(_ part: String) -> ReferenceTensor? {
      inputs.first { $0.name == "\(name).\(part)" }.map { tensor in
        PyTorchFixture.tensor(tensor.name, Shape(tensor.shape)) { uniform in
          switch part {
          case "input": (2 * uniform - 1) * (inputScale ?? 1) + (inputOffset ?? 0)
          case "weight" where operation == "batch_norm": 0.5 + uniform
          default: 2 * uniform - 1
          }
        }
      }
    }
  }

  @Test(arguments: try Case.all()) func agrees(_ test: Case) throws {
    guard let operation = test.node else { return }
    let input = try #require(test.value("input"))
    let batch = input.shape[0]
    let graph = try Graph.single(operation, input: Shape(Array(input.shape.dimensions.dropFirst())), batch: batch)
    var reference = ReferenceNetwork(graph, start: PyTorchFixture.networkTensor)
    for part in ["weight", "bias"] {
      if let value = test.value(part) { reference.parameters["operation.\(part)"] = value }
    }
    let fast = try FastNetwork(reference, batch: batch)
    let upstream = PyTorchFixture.tensor("\(test.name).upstream", Shape(test.output.shape)) { 2 * $0 - 1 }
    let gradient = ReferenceTensor(Shape([batch] + fast.outputShape.dimensions), upstream.values)
    // Our momentum is the f32 next to PyTorch's 0.1.
    let tolerance = test.operation == "batch_norm" ? 1e-7 : 1e-12
    expect(reference.step(input, outputGradient: gradient), test, tolerance: tolerance)
    expect(try fast.step(input, outputGradient: gradient), test, tolerance: 5e-6)
  }

  private func expect(_ step: StepResult, _ test: Case, tolerance: Double) {
    #expect(test.output.error(of: step.output) < tolerance)
    for summary in test.gradients {
      let part = summary.name.dropFirst(test.name.count + 1)
      let values = step.gradients[part == "input" ? "probe.gradient" : "operation.\(part)"]
      #expect(summary.error(of: values ?? []) < tolerance, "the gradient of \(part)")
    }
    for summary in test.runningStatistics ?? [] {
      let part = summary.name.dropFirst(test.name.count + 1)
      #expect(summary.error(of: step.statistics["operation.\(part)"] ?? []) < tolerance, "\(part)")
    }
  }

  @Test func losses() throws {
    for test in try Case.all() where test.operation == "cross_entropy" {
      let logits = try #require(test.value("input"))
      let (labels, smoothing) = (try #require(test.labels), try #require(test.labelSmoothing))
      let upstream = PyTorchFixture.tensor("\(test.name).upstream", Shape(test.output.shape)) { 2 * $0 - 1 }
      var (losses, gradient): ([Double], [Double]) = ([], [])
      for (n, label) in labels.enumerated() {
        let row = logits.values[n * logits.shape[1]..<(n + 1) * logits.shape[1]]
        var rowGradient = [Float](repeating: 0, count: row.count)
        let sums = SoftmaxCrossEntropy(classes: row.count, labelSmoothing: smoothing).evaluate(
          logits: row.map(Float.init), labels: [Int32(label)], count: 1, gradient: &rowGradient)
        losses.append(sums.loss)
        gradient += rowGradient.map { Double($0) * upstream.values[n] }
      }
      #expect(test.output.error(of: losses) < 1e-12, "\(test.name)")
      #expect(test.gradients[0].error(of: gradient) < 1e-6, "\(test.name)")
    }
  }
}
