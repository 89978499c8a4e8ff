import Kernels
import Tensors

/// Batch normalisation over samples, height and width, per channel (Ioffe and Szegedy 2015), with PyTorch's conventions:
/// the biased variance normalises, the unbiased one enters the running variance,
/// running = (1 - momentum) running + momentum batch.
///
/// When training with a `StatisticsReducer`, statistics and their gradients are those of all ranks' samples together,
/// exactly as if one rank held them all. Evaluation uses the running statistics.
public struct BatchNorm: Operation {
  public var momentum: Float
  public var epsilon: Float
  /// The scale's first value: 0 for the last normalisation of a residual branch, if wanted (Goyal et al. 2017), else 1.
  public var initialScale: Float

  public init(momentum: Float = 0.1, epsilon: Float = 1e-5, initialScale: Float = 1) {
    (self.momentum, self.epsilon, self.initialScale) = (momentum, epsilon, initialScale)
  }

  public var kind: String { "batch norm" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let shape: Shape = [inputs[0][0]]
    return [
      ParameterSpecification("weight", shape, .constant(initialScale), decays: false),
      ParameterSpecification("bias", shape, .constant(0), decays: false),
    ]
  }

  public func statistics(for inputs: [Shape]) -> [StatisticSpecification] {
    let shape: Shape = [inputs[0][0]]
    return [
      StatisticSpecification("running_mean", shape, initialValue: 0),
      StatisticSpecification("running_var", shape, initialValue: 1),
    ]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    rule.overwritesGradient = true
    return rule
  }

  public var exchangesStatistics: Bool { true }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    site.isTraining ? PreparedBatchNorm(self, at: site) : PreparedInferenceBatchNorm(self, at: site)
  }
}

/// Per-channel numbers of one normalisation, in one allocation.
struct BatchNormMemory: ~Copyable {
  private let buffer: AlignedBuffer
  private let channels: Int

  init(channels: Int) {
    self.channels = channels
    buffer = AlignedBuffer(bytes: 2 * channels * 8 + (5 + BatchNormKernels.scratchElements(channels: 1)) * channels * 4)
  }

  private func doubles(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
    let start = buffer.bytes.baseAddress!.assumingMemoryBound(to: Double.self)
    return UnsafeMutableBufferPointer(start: start + index * channels, count: channels)
  }

  private func floats(_ index: Int) -> UnsafeMutablePointer<Float> {
    (buffer.bytes.baseAddress! + 2 * channels * 8).assumingMemoryBound(to: Float.self) + index * channels
  }

  /// Both arrays of exchanged numbers, one after the other: `[2 C]`.
  var exchanged: UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(start: doubles(0).baseAddress, count: 2 * channels)
  }
  var first: UnsafeMutableBufferPointer<Double> { doubles(0) }
  var second: UnsafeMutableBufferPointer<Double> { doubles(1) }
  var mean: SplitMean { SplitMean(high: floats(0), low: floats(1)) }
  /// 1 / sqrt(variance + epsilon), kept from forward to backward.
  var inverseDeviation: UnsafeMutablePointer<Float> { floats(2) }
  /// Coefficients of the current pass.
  var coefficientA: UnsafeMutablePointer<Float> { floats(3) }
  var coefficientB: UnsafeMutablePointer<Float> { floats(4) }
  /// The kernels' scratch; its first third doubles as a third coefficient once sums are done.
  var partial: UnsafeMutablePointer<Float> { floats(5) }
}

private final class PreparedBatchNorm: PreparedOperation {
  private let operation: BatchNorm
  private let site: Site
  private let channels: Int
  private let kernels: BatchNormKernels
  private let memory: BatchNormMemory
  /// Values per channel over all ranks in the current step.
  private var globalCount = 0

  init(_ operation: BatchNorm, at site: Site) {
    self.operation = operation
    self.site = site
    let shape = site.inputShapes[0]
    channels = shape[0]
    kernels = BatchNormKernels(rows: site.batch * shape.elements / shape[0], channels: channels)
    memory = BatchNormMemory(channels: channels)
  }

  private var scale: UnsafeMutableBufferPointer<Float> { site.parameters[0] }
  private var shift: UnsafeMutableBufferPointer<Float> { site.parameters[1] }

  func forward() throws {
    kernels.moments(
      of: site.inputs[0], partial: memory.partial, means: memory.first.baseAddress!,
      squaredDeviations: memory.second.baseAddress!)
    globalCount =
      try site.reducer?.mergeMoments(count: kernels.rows, means: memory.first, squaredDeviations: memory.second)
      ?? kernels.rows
    guard globalCount > 0 else { return }
    let count = Double(globalCount)
    for c in 0..<channels {
      let variance = memory.second[c] / count
      let inverse = 1 / (variance + Double(operation.epsilon)).squareRoot()
      memory.mean.set(memory.first[c], channel: c)
      memory.inverseDeviation[c] = Float(inverse)
      memory.coefficientA[c] = Float(inverse * Double(scale[c]))
    }
    track(count)
    kernels.normalise(
      site.inputs[0], into: site.output, mean: memory.mean, scale: memory.coefficientA,
      shift: shift.baseAddress!)
  }

  /// Moves the running statistics towards this batch's. The unbiased variance of a single value is undefined; then the
  /// biased one, 0, is taken.
  private func track(_ count: Double) {
    let momentum = Double(operation.momentum)
    let (means, variances) = (site.statistics[0], site.statistics[1])
    for c in 0..<channels {
      let variance = memory.second[c] / max(count - 1, 1)
      means[c] = Float((1 - momentum) * Double(means[c]) + momentum * memory.first[c])
      variances[c] = Float((1 - momentum) * Double(variances[c]) + momentum * variance)
    }
  }

  /// With n values per channel, x̂ = (x - mean) r, r = 1 / sqrt(variance + epsilon), g the scale:
  ///   dShift = Σ dy,  dScale = r Σ dy (x - mean),
  ///   dx = g r (dy - Σdy / n - (x - mean) r² Σ dy (x - mean) / n)
  /// where the parameters' gradients are this rank's share and the sums in dx run over all ranks.
  func backward() throws {
    let dy = site.outputGradient!
    kernels.gradientSums(
      x: site.inputs[0], dy: dy, mean: memory.mean, partial: memory.partial, sums: memory.first.baseAddress!,
      centredSums: memory.second.baseAddress!)
    for c in 0..<channels {
      site.parameterGradients[0][c] = Float(memory.second[c] * Double(memory.inverseDeviation[c]))
      site.parameterGradients[1][c] = Float(memory.first[c])
    }
    try site.reducer?.sum(memory.exchanged)
    guard let dx = site.inputGradients[0], kernels.rows > 0 else { return }
    let count = Double(globalCount)
    let constant = memory.partial
    for c in 0..<channels {
      let inverse = Double(memory.inverseDeviation[c])
      let factor = Double(scale[c]) * inverse
      memory.coefficientA[c] = Float(factor)
      memory.coefficientB[c] = Float(-factor * inverse * inverse * memory.second[c] / count)
      constant[c] = Float(-factor * memory.first[c] / count)
    }
    kernels.inputGradient(
      x: site.inputs[0], dy: dy, into: dx, mean: memory.mean, a: memory.coefficientA, b: memory.coefficientB,
      c: constant)
  }
}

/// Normalises with the running statistics.
private final class PreparedInferenceBatchNorm: PreparedOperation {
  private let operation: BatchNorm
  private let site: Site
  private let channels: Int
  private let kernels: BatchNormKernels
  private let memory: BatchNormMemory

  init(_ operation: BatchNorm, at site: Site) {
    self.operation = operation
    self.site = site
    let shape = site.inputShapes[0]
    channels = shape[0]
    kernels = BatchNormKernels(rows: site.batch * shape.elements / shape[0], channels: channels)
    memory = BatchNormMemory(channels: channels)
  }

  func forward() {
    for c in 0..<channels {
      let inverse = 1 / (Double(site.statistics[1][c]) + Double(operation.epsilon)).squareRoot()
      memory.mean.set(Double(site.statistics[0][c]), channel: c)
      memory.coefficientA[c] = Float(inverse * Double(site.parameters[0][c]))
    }
    kernels.normalise(
      site.inputs[0], into: site.output, mean: memory.mean, scale: memory.coefficientA,
      shift: site.parameters[1].baseAddress!)
  }

  func backward() { preconditionFailure("evaluation has no backward pass") }
}
