import Architectures
import Kernels
import Network
import Optimizers
import ReferenceKernels
import TestSupport
import Tensors
import Testing

/// Training ResNet-50 for 20 steps from PyTorch's weights on PyTorch's batches: see `Fixtures/make_curve.py`.
@Suite struct LossCurveTests {
  private struct Curve: Decodable {
    let classes, imageSize: Int
    let rate, momentum: Double
    let imagesOfStep0: TensorSummary
    /// Of each step's samples.
    let labels: [[Int32]]
    /// The mean loss of each step's batch.
    let f32: [Double]
    /// Of PyTorch's autocast from its own f32: the root mean square of the relative differences.
    let bf16Distance: Double
  }

  @Test func f32() throws {
    let expected = try PyTorchFixture.read("resnet50_curve", as: Curve.self)
    #expect(images(expected, step: 0).values.count == expected.imagesOfStep0.shape.reduce(1, *))
    #expect(expected.imagesOfStep0.error(of: images(expected, step: 0).values) < 1e-12)
    let losses = try train(expected, PlanOptions())
    for (step, (loss, theirs)) in zip(losses, expected.f32).enumerated() {
      #expect(abs(loss / theirs - 1) < 1e-3, "step \(step): a loss of \(loss), PyTorch's is \(theirs)")
    }
  }

  /// bf16 stays as close to f32 as PyTorch's autocast does, with and without the processor's instructions for it: half as
  /// much again is for chance, as 20 losses leave it.
  @Test(arguments: [true, false])
  func bf16(isNative: Bool) throws {
    if isNative, !Engine.hasNativeBF16 { try Test.cancel("this machine has no instructions for bf16") }
    let expected = try PyTorchFixture.read("resnet50_curve", as: Curve.self)
    let losses = try train(expected, PlanOptions(activations: .bf16, hasNativeBF16: isNative))
    let differences = zip(losses, expected.f32).map { $0 / $1 - 1 }
    let distance = norm(differences) / Double(differences.count).squareRoot()
    #expect(distance < 1.5 * expected.bf16Distance, "losses \(losses), \(distance) from PyTorch's in f32")
  }

  /// The losses, each before the step's update.
  private func train(_ curve: Curve, _ options: PlanOptions) throws -> [Double] {
    let batch = curve.labels[0].count
    let network = try network(curve, batch: batch, options)
    let replica = network.replica
    let loss = SoftmaxCrossEntropy(classes: curve.classes)
    let optimizer = try SGD(momentum: curve.momentum)
    let velocity = Arena(replica.table.parameters)
    return try curve.labels.enumerated().map { step, labels in
      let logits = try replica.forward(images(curve, step: step).channelsLast, batch: batch, mode: .training)
      let sums = loss.evaluate(
        logits: logits, labels: labels, count: batch, gradient: replica.outputGradient(batch: batch))
      try replica.backward(batch: batch) { _ in }
      optimizer.update(
        parameters: replica.parameters, gradients: UnsafeBufferPointer(replica.gradients), velocity: velocity.floats,
        ranges: UpdateRange.covering(replica.table.parameters), rate: curve.rate, gradientScale: 1 / Double(batch))
      return sums.loss / Double(batch)
    }
  }

  private func network(_ curve: Curve, batch: Int, _ options: PlanOptions) throws -> FastNetwork {
    let graph = try ResNet(.resnet50, classes: curve.classes, imageSize: curve.imageSize).graph()
    let start = ReferenceNetwork(graph) { name, shape in
      if shape.rank > 1 { return PyTorchFixture.networkTensor(name, shape) }
      let isOne = name.hasSuffix("running_var") || (name.hasSuffix("weight") && !name.hasSuffix("bn3.weight"))
      return ReferenceTensor(shape, [Double](repeating: isOne ? 1 : 0, count: shape.elements))
    }
    return try FastNetwork(start, batch: batch, options: options)
  }

  /// Noise on a colour that tells the class.
  private func images(_ curve: Curve, step: Int) -> ReferenceTensor {
    let labels = curve.labels[step]
    let pixels = curve.imageSize * curve.imageSize
    let colours = PyTorchFixture.tensor("colours", [curve.classes, 3]) { 2 * $0 - 1 }
    var images = PyTorchFixture.tensor(
      "images.\(step)", [labels.count, 3, curve.imageSize, curve.imageSize]
    ) { 2 * $0 - 1 }
    for index in images.values.indices {
      let (sample, channel) = (index / (3 * pixels), index / pixels % 3)
      let colour = colours.values[3 * Int(labels[sample]) + channel]
      images.values[index] = Double(Float(images.values[index] + colour))
    }
    return images
  }
}
