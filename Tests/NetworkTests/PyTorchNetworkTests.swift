import Architectures
import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Whole networks against PyTorch in float64: a training step, and the evaluation after it.
@Suite struct PyTorchNetworkTests {
  private struct Step: Decodable {
    let classes: Int
    let labels: [Int]
    let labelSmoothing: Double
    let inputShape: [Int]
    let wentIn: [TensorSummary]
    let logits, evaluationLogits: [[Double]]
    let loss: Double
    let gradients, runningStatistics: [TensorSummary]
  }

  private struct Depths: Decodable {
    struct Model: Decodable {
      let depth: Int
      let float32Error: [String: Double]
      let logits: [[Double]]
      let loss: Double
    }
    let classes: Int
    let labels: [Int]
    let labelSmoothing: Double
    let inputShape: [Int]
    let models: [Model]
  }

  private func images(_ shape: [Int]) -> ReferenceTensor {
    PyTorchFixture.tensor("input", Shape(shape)) { (2 * $0 - 1) * 2 }
  }

  private func network(_ depth: ResNet.Depth, classes: Int, batch: Int) throws -> FastNetwork {
    let graph = try ResNet(depth, classes: classes, imageSize: 64).graph()
    let start = ReferenceNetwork(graph, start: PyTorchFixture.networkTensor)
    return try FastNetwork(start, batches: .init(training: [batch], evaluation: [batch]))
  }

  /// The loss of these logits, and its gradient.
  private func evaluate(
    _ logits: [Double], _ labels: [Int], classes: Int, smoothing: Double
  ) -> (loss: Double, gradient: ReferenceTensor) {
    var gradient = [Float](repeating: 0, count: logits.count)
    let sums = SoftmaxCrossEntropy(classes: classes, labelSmoothing: smoothing).evaluate(
      logits: logits.map(Float.init), labels: labels.map(Int32.init), count: labels.count, gradient: &gradient)
    return (sums.loss, ReferenceTensor([labels.count, classes], gradient.map(Double.init)))
  }

  @Test func resNet18() throws {
    let expected = try PyTorchFixture.read("resnet18_step", as: Step.self)
    let images = images(expected.inputShape)
    #expect(expected.wentIn[0].error(of: images.values) < 1e-12)
    let fast = try network(.resnet18, classes: expected.classes, batch: images.shape[0])
    let logits = try fast.forward(images, .training)
    #expect(relativeError(of: logits, to: expected.logits.flatMap { $0 }) < 1e-4)
    let (loss, gradient) = evaluate(
      logits, expected.labels, classes: expected.classes, smoothing: expected.labelSmoothing)
    #expect(abs(loss - expected.loss) < 1e-4 * expected.loss)

    let fresh = try network(.resnet18, classes: expected.classes, batch: images.shape[0])
    let step = try fresh.step(images, outputGradient: gradient)
    #expect(expected.gradients.map(\.name) == fresh.replica.table.parameters.parts.map(\.name))
    for summary in expected.gradients {
      let error = summary.error(of: step.gradients[summary.name] ?? [])
      #expect(error < 1e-4, "the gradient of \(summary.name) is off by \(error)")
    }
    #expect(expected.runningStatistics.map(\.name) == fresh.replica.table.statistics.parts.map(\.name))
    for summary in expected.runningStatistics {
      let error = summary.error(of: step.statistics[summary.name] ?? [])
      #expect(error < 1e-5, "\(summary.name) is off by \(error)")
    }
    let evaluated = try fresh.forward(images, .evaluation)
    #expect(relativeError(of: evaluated, to: expected.evaluationLogits.flatMap { $0 }) < 1e-4)
  }

  /// The deeper the network, the more its BatchNorms magnify rounding: PyTorch's own f32 is the yardstick.
  @Test(arguments: [ResNet.Depth.resnet34, .resnet50, .resnet101, .resnet152])
  func otherDepths(depth: ResNet.Depth) throws {
    let all = try PyTorchFixture.read("resnet_depths", as: Depths.self)
    let expected = try #require(all.models.first { $0.depth == depth.rawValue })
    let images = images(all.inputShape)
    let fast = try network(depth, classes: all.classes, batch: images.shape[0])
    let logits = try fast.forward(images, .training)
    let tolerance = max(1e-4, 4 * (expected.float32Error["logits"] ?? 0))
    #expect(relativeError(of: logits, to: expected.logits.flatMap { $0 }) < tolerance)
    let (loss, _) = evaluate(logits, all.labels, classes: all.classes, smoothing: all.labelSmoothing)
    #expect(abs(loss - expected.loss) < tolerance * expected.loss)
  }
}
