import Network
import ReferenceKernels
import Tensors

/// A replica that starts from a reference network's numbers and answers in its terms.
final class FastNetwork {
  let replica: Replica

  init(
    _ reference: ReferenceNetwork, batches: Replica.Batches, options: PlanOptions = PlanOptions(),
    reducer: (any StatisticsReducer)? = nil
  ) throws {
    replica = try Replica(reference.graph, batches: batches, options: options, reducer: reducer)
    load(reference)
  }

  /// Prepared to train on one batch size.
  convenience init(
    _ reference: ReferenceNetwork, batch: Int, options: PlanOptions = PlanOptions(),
    reducer: (any StatisticsReducer)? = nil
  ) throws {
    try self.init(reference, batches: .init(training: [batch], evaluation: []), options: options, reducer: reducer)
  }

  /// Takes over parameters and running statistics.
  func load(_ reference: ReferenceNetwork) {
    store(reference.parameters, in: replica.parameters, replica.table.parameters)
    store(reference.statistics, in: replica.statistics, replica.table.statistics)
  }

  func forward(_ images: ReferenceTensor, _ mode: ExecutionPlan.Mode) throws -> [Double] {
    let batch = images.shape[0]
    // One element more, so that an empty batch has an address.
    let output = try replica.forward(images.channelsLast + [0], batch: batch, mode: mode)
    return ReferenceTensor(channelsLast: output, batch: batch, of: outputShape).values
  }

  func step(_ images: ReferenceTensor, outputGradient: ReferenceTensor) throws -> StepResult {
    let batch = images.shape[0]
    let output = try forward(images, .training)
    let gradient = outputGradient.channelsLast
    replica.outputGradient(batch: batch).update(from: gradient, count: gradient.count)
    // What a step must overwrite, and does not add to.
    replica.gradients.update(repeating: .nan)
    try replica.backward(batch: batch) { _ in }
    return StepResult(
      output: output, gradients: values(in: replica.gradients, replica.table.parameters),
      statistics: values(in: replica.statistics, replica.table.statistics))
  }

  var outputShape: Shape { replica.graph.shape(of: replica.graph.outputs[0]) }

  private func store(
    _ tensors: [String: ReferenceTensor], in arena: UnsafeMutableBufferPointer<Float>, _ layout: ArenaLayout
  ) {
    for part in layout.parts {
      for (index, value) in tensors[part.name]!.values.enumerated() { arena[part.offset / 4 + index] = Float(value) }
    }
  }

  private func values(in arena: UnsafeMutableBufferPointer<Float>, _ layout: ArenaLayout) -> [String: [Double]] {
    var values: [String: [Double]] = [:]
    for part in layout.parts {
      values[part.name] = (0..<part.shape.elements).map { Double(arena[part.offset / 4 + $0]) }
    }
    return values
  }
}

extension ReferenceTensor {
  /// `[N, C, H, W]` or `[N, C]` from memory in which channels are innermost.
  init(channelsLast values: UnsafePointer<Float>, batch: Int, of sample: Shape) {
    var tensor = ReferenceTensor(zeros: Shape([batch] + sample.dimensions))
    let (channels, pixels) = (sample[0], sample.elements / sample[0])
    for at in tensor.values.indices {
      let (n, c, pixel) = (at / (channels * pixels), at / pixels % channels, at % pixels)
      tensor.values[at] = Double(values[(n * pixels + pixel) * channels + c])
    }
    self = tensor
  }

  var channelsLast: [Float] {
    var result = [Float](repeating: 0, count: values.count)
    let channels = shape[1]
    let pixels = shape.dimensions.dropFirst(2).reduce(1, *)
    for (at, value) in values.enumerated() {
      let (n, c, pixel) = (at / (channels * pixels), at / pixels % channels, at % pixels)
      result[(n * pixels + pixel) * channels + c] = Float(value)
    }
    return result
  }
}
