import Kernels

/// How one axis of an image is resampled.
struct ResampledAxis {
  let inputs, outputs: Int
  /// Input pixels per output pixel.
  let step: Double

  init(inputs: Int, outputs: Int) {
    (self.inputs, self.outputs) = (inputs, outputs)
    step = Double(inputs) / Double(max(outputs, 1))
  }

  /// By a factor, which need not make whole pixels. Where rounding leaves the size as it is nothing moves.
  init(inputs: Int, factor: Double) {
    self.inputs = inputs
    outputs = factor > 0 ? Int(Double(inputs) * factor) : 0
    step = outputs == inputs ? 1 : 1 / factor
  }

  func weights(_ method: Upsampling.Method) -> AxisWeights {
    switch method {
    case .nearest: AxisWeights(inputs: inputs, sums: (0..<outputs).map { .init(start: nearest($0), weights: [1]) })
    case .bilinear(true): linear { Double($0) * (outputs > 1 ? Double(inputs - 1) / Double(outputs - 1) : 0) }
    case .bilinear(false): linear { max(0, (Double($0) + 0.5) * step - 0.5) }
    }
  }

  /// PyTorch computes in f32 here, for tensors of every type, and where rounding decides so must we. It also doubles
  /// pixels wherever the size doubles, whatever the factor was.
  private func nearest(_ output: Int) -> Int {
    outputs == 2 * inputs ? output / 2 : min(Int(Float(output) * Float(step)), inputs - 1)
  }

  /// Between the pixels around `position(output)`, counted from the centre of the first.
  private func linear(_ position: (Int) -> Double) -> AxisWeights {
    let sums = (0..<outputs).map { output in
      let position = position(output)
      let first = min(Int(position), inputs - 1)
      guard first < inputs - 1 else { return AxisWeights.Sum(start: first, weights: [1]) }
      let share = position - Double(first)
      return AxisWeights.Sum(start: first, weights: [1 - share, share])
    }
    return AxisWeights(inputs: inputs, sums: sums)
  }
}
