import Kernels
import Tensors

/// Per-channel numbers of one normalisation, in one allocation.
struct BatchNormMemory: ~Copyable {
  private let buffer: AlignedBuffer
  private let channels: Int

  init(channels: Int, scratchElements: Int) {
    self.channels = channels
    buffer = AlignedBuffer(bytes: (7 * channels + scratchElements) * MemoryLayout<Float>.stride)
  }

  private func floats(_ index: Int) -> UnsafeMutablePointer<Float> {
    buffer.elements(Float.self).baseAddress! + index * channels
  }

  /// Of the forward pass, kept for the backward pass: the means, 1 / sqrt(variance + epsilon), and that times the scale.
  var mean: SplitMean { SplitMean(high: floats(0), low: floats(1)) }
  var inverseDeviation: UnsafeMutablePointer<Float> { floats(2) }
  var factor: UnsafeMutablePointer<Float> { floats(3) }
  /// Coefficients of the input gradient.
  var a: UnsafeMutablePointer<Float> { floats(4) }
  var b: UnsafeMutablePointer<Float> { floats(5) }
  var c: UnsafeMutablePointer<Float> { floats(6) }
  var scratch: UnsafeMutablePointer<Float> { floats(7) }
}

/// BatchNorm in training.
final class PreparedBatchNorm: PreparedExchange {
  private let operation: BatchNorm
  private let site: Site
  private let channels: Int
  /// Values per channel of one sample.
  private let rowsPerSample: Int
  private let readsOutput: Bool
  private let kernels: BatchNormKernels
  private let memory: BatchNormMemory
  private let moments: ChannelMoments
  private let gradientSums: ChannelSums
  /// Values per channel over all ranks in the current step.
  private var globalCount = 0.0

  init(_ operation: BatchNorm, at site: Site) {
    guard let moments = site.moments, let gradientSums = site.gradientSums else {
      preconditionFailure("\(site.name) has no place to gather statistics")
    }
    (self.operation, self.site, self.moments, self.gradientSums) = (operation, site, moments, gradientSums)
    let shape = site.inputShapes[0]
    channels = shape[0]
    rowsPerSample = shape.elements / shape[0]
    // Asked for once: each time makes the rule's sets anew.
    readsOutput = operation.memory.backwardReadsOutput
    kernels = BatchNormKernels(operation, at: site)
    memory = BatchNormMemory(channels: channels, scratchElements: kernels.scratchElements)
  }

  private var scale: UnsafeMutableBufferPointer<Float> { site.parameters[0] }
  private var shift: UnsafeMutablePointer<Float> { site.parameters[1].baseAddress! }

  // MARK: Forward

  func gather(_ call: Call) {
    let rows = call.samples.count * rowsPerSample
    kernels.addMoments(
      of: call.inputs[0], rows: rows, seen: Int(moments.counts[0]), scratch: memory.scratch, means: moments.means,
      squaredDeviations: moments.squaredDeviations)
    for c in 0..<channels { moments.counts[c] += Double(rows) }
  }

  func completeForward() {
    globalCount = moments.counts[0]
    guard globalCount > 0 else { return }
    for c in 0..<channels {
      let variance = moments.squaredDeviations[c] / globalCount
      let inverse = 1 / (variance + Double(operation.epsilon)).squareRoot()
      memory.mean.set(moments.means[c], channel: c)
      memory.inverseDeviation[c] = Float(inverse)
      memory.factor[c] = Float(inverse * Double(scale[c]))
    }
    track()
  }

  /// Moves the running statistics towards this batch's. The unbiased variance of a single value is undefined, and one value tells
  /// nothing of a layer's spread: then they stay as they are.
  private func track() {
    guard globalCount > 1 else { return }
    let momentum = Double(operation.momentum)
    let (means, variances) = (site.statistics[0], site.statistics[1])
    for c in 0..<channels {
      let variance = moments.squaredDeviations[c] / (globalCount - 1)
      means[c] = Float((1 - momentum) * Double(means[c]) + momentum * moments.means[c])
      variances[c] = Float((1 - momentum) * Double(variances[c]) + momentum * variance)
    }
  }

  func forward(_ call: Call) {
    kernels.normalise(
      call.inputs[0], rows: call.samples.count * rowsPerSample,
      adding: operation.addsResidual ? UnsafeRawPointer(call.inputs[1]) : nil, into: call.output, mean: memory.mean,
      scale: memory.factor, shift: shift)
  }

  // MARK: Backward

  func gatherGradient(_ call: Call) {
    kernels.addGradientSums(
      x: call.inputs[0], rows: call.samples.count * rowsPerSample,
      output: readsOutput ? UnsafeRawPointer(call.output) : nil, outputGradient: call.outputGradient!,
      mean: memory.mean, scale: memory.factor, shift: shift, isFirst: call.isFirst, scratch: memory.scratch,
      sums: gradientSums.sums, centredSums: gradientSums.centredSums)
  }

  /// With n values per channel, x̂ = (x - mean) r, r = 1 / sqrt(variance + epsilon), g the scale:
  ///   dShift = Σ dy,  dScale = r Σ dy (x - mean),
  ///   dx = g r (dy - Σdy / n - (x - mean) r² Σ dy (x - mean) / n)
  /// where the parameters' gradients are this rank's share and the sums in dx run over all ranks.
  func noteLocalSums() {
    for c in 0..<channels {
      site.parameterGradients[0][c] = Float(gradientSums.centredSums[c] * Double(memory.inverseDeviation[c]))
      site.parameterGradients[1][c] = Float(gradientSums.sums[c])
    }
  }

  func completeBackward() {
    guard globalCount > 0 else { return }
    for c in 0..<channels {
      let inverse = Double(memory.inverseDeviation[c])
      let factor = Double(scale[c]) * inverse
      memory.a[c] = Float(factor)
      memory.b[c] = Float(-factor * inverse * inverse * gradientSums.centredSums[c] / globalCount)
      memory.c[c] = Float(-factor * gradientSums.sums[c] / globalCount)
    }
  }

  func backward(_ call: Call) {
    guard let dx = call.inputGradients[0] else { return }
    kernels.inputGradient(
      x: call.inputs[0], rows: call.samples.count * rowsPerSample, outputGradient: call.outputGradient!, into: dx,
      mean: memory.mean, scale: memory.factor, shift: shift, a: memory.a, b: memory.b, c: memory.c)
  }
}

/// Normalises with the running statistics.
final class PreparedInferenceBatchNorm: PreparedOperation {
  private let operation: BatchNorm
  private let site: Site
  private let channels: Int
  private let kernels: BatchNormKernels
  private let memory: BatchNormMemory

  init(_ operation: BatchNorm, at site: Site) {
    (self.operation, self.site) = (operation, site)
    channels = site.inputShapes[0][0]
    kernels = BatchNormKernels(operation, at: site)
    memory = BatchNormMemory(channels: channels, scratchElements: 0)
  }

  func forward(_ call: Call) {
    if call.isFirst {
      for c in 0..<channels {
        let inverse = 1 / (Double(site.statistics[1][c]) + Double(operation.epsilon)).squareRoot()
        memory.mean.set(Double(site.statistics[0][c]), channel: c)
        memory.factor[c] = Float(inverse * Double(site.parameters[0][c]))
      }
    }
    kernels.normalise(
      call.inputs[0], rows: site.inputElements(0) / channels,
      adding: operation.addsResidual ? UnsafeRawPointer(call.inputs[1]) : nil, into: call.output, mean: memory.mean,
      scale: memory.factor, shift: site.parameters[1].baseAddress!)
  }

  func backward(_ call: Call) { preconditionFailure("evaluation has no backward pass") }
}

extension BatchNormKernels {
  fileprivate init(_ operation: BatchNorm, at site: Site) {
    self.init(
      channels: site.inputShapes[0][0], type: site.type, activation: operation.activation,
      addsResidual: operation.addsResidual, team: site.engine.team)
  }
}
