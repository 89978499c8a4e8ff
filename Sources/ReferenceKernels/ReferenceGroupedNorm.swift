import Tensors

/// Normalisation of groups of values by their own mean and biased variance, y = x̂ scale + shift with
/// x̂ = (x - mean) / sqrt(variance + epsilon): LayerNorm and GroupNorm, which differ in what a group is and in which
/// parameter belongs to a value.
public struct ReferenceGroupedNorm: Hashable, Sendable {
  public enum Grouping: Hashable, Sendable {
    /// The channels of a pixel, or of a vector; a parameter per channel.
    case channels
    /// All of a sample; a parameter per value.
    case sample
    /// This many groups of neighbouring channels; a parameter per channel.
    case groups(Int)
  }

  public struct Gradients: Hashable, Sendable {
    public var input, scale, shift: ReferenceTensor
  }

  public var grouping: Grouping
  public var epsilon: Double

  public init(_ grouping: Grouping, epsilon: Double = 1e-5) {
    (self.grouping, self.epsilon) = (grouping, epsilon)
  }

  public func forward(_ x: ReferenceTensor, scale: ReferenceTensor, shift: ReferenceTensor) -> ReferenceTensor {
    var y = x
    for group in groups(x.shape) {
      let (normalised, _) = normalise(group, of: x)
      for (at, value) in zip(group, normalised) {
        let parameter = parameter(at, x.shape)
        y.values[at] = value * scale.values[parameter] + shift.values[parameter]
      }
    }
    return y
  }

  /// dx = (g - mean of g - x̂ mean of g x̂) / deviation with g = dy scale.
  public func backward(
    input x: ReferenceTensor, scale: ReferenceTensor, outputGradient dy: ReferenceTensor
  ) -> Gradients {
    var gradients = Gradients(
      input: x, scale: ReferenceTensor(zeros: scale.shape), shift: ReferenceTensor(zeros: scale.shape))
    for group in groups(x.shape) {
      let (normalised, deviation) = normalise(group, of: x)
      let g = group.map { dy.values[$0] * scale.values[parameter($0, x.shape)] }
      let mean = g.reduce(0, +) / Double(group.count)
      let meanProduct = zip(g, normalised).reduce(0) { $0 + $1.0 * $1.1 } / Double(group.count)
      for (index, at) in group.enumerated() {
        gradients.input.values[at] = (g[index] - mean - normalised[index] * meanProduct) / deviation
        gradients.scale.values[parameter(at, x.shape)] += dy.values[at] * normalised[index]
        gradients.shift.values[parameter(at, x.shape)] += dy.values[at]
      }
    }
    return gradients
  }

  private func normalise(_ group: [Int], of x: ReferenceTensor) -> (values: [Double], deviation: Double) {
    let count = Double(group.count)
    let mean = group.reduce(0) { $0 + x.values[$1] } / count
    let variance = group.reduce(0) { $0 + (x.values[$1] - mean) * (x.values[$1] - mean) } / count
    let deviation = (variance + epsilon).squareRoot()
    return (group.map { (x.values[$0] - mean) / deviation }, deviation)
  }

  /// Offsets of values `[N, C, H, W]` or `[N, C]`.
  private func groups(_ shape: Shape) -> [[Int]] {
    let (samples, channels) = (shape[0], shape[1])
    let pixels = shape.dimensions.dropFirst(2).reduce(1, *)
    let ofSample = channels * pixels
    switch grouping {
    case .channels:
      return (0..<samples).flatMap { n in
        (0..<pixels).map { pixel in (0..<channels).map { n * ofSample + $0 * pixels + pixel } }
      }
    case .sample: return (0..<samples).map { Array($0 * ofSample..<($0 + 1) * ofSample) }
    case .groups(let count):
      return (0..<samples * count).map { Array($0 * ofSample / count..<($0 + 1) * ofSample / count) }
    }
  }

  private func parameter(_ at: Int, _ shape: Shape) -> Int {
    let ofSample = shape.elements / shape[0]
    return grouping == .sample ? at % ofSample : at % ofSample / (ofSample / shape[1])
  }
}
