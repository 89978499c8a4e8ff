import CVectorKernels
import Tensors

/// A separable linear map on images stored channels last, `[N, H, W, C] -> [N, H', W', C]`, of f32 or bf16: one map along
/// rows, one along columns. Sums are f32, and rounded to the type once.
public final class WeightedWindows {
  private let rows, columns: AxisTable
  private let channels, outputRows: Int
  private let kernel: cvk_weighted_windows
  private let team: ThreadTeam

  /// - Parameter rows: which rows of the input make a row of the output; `columns` likewise.
  public convenience init(
    rows: AxisWeights, columns: AxisWeights, channels: Int, samples: Int, type: ElementType, team: ThreadTeam
  ) {
    self.init(
      rows: rows, columns: columns, channels: channels, samples: samples, kernel: weightedWindows(type), team: team)
  }

  /// By a kernel that need not be the best that the machine can run.
  package init(
    rows: AxisWeights, columns: AxisWeights, channels: Int, samples: Int, kernel: cvk_weighted_windows,
    team: ThreadTeam
  ) {
    (self.rows, self.columns) = (AxisTable(rows), AxisTable(columns))
    self.channels = channels
    outputRows = samples * rows.outputs
    self.kernel = kernel
    self.team = team
  }

  /// The arrays must not overlap.
  public func run(_ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer) {
    let rowElements = columns.outputs * channels
    team.forEachRange(of: outputRows, atLeast: elementsWorthAThread / max(rowElements, 1)) { range in
      var (rows, columns) = (self.rows.axis, self.columns.axis)
      kernel.weigh(x, y, channels, &rows, &columns, range.lowerBound, range.upperBound)
    }
  }
}

private func weightedWindows(_ type: ElementType) -> cvk_weighted_windows {
  let kernels = bestKernels()
  switch type {
  case .f32: return kernels.pointee.weighted_windows_f32
  case .bf16: return kernels.pointee.weighted_windows_bf16
  default: preconditionFailure("no kernels for \(type) activations")
  }
}

/// An `AxisWeights` as the kernel reads it.
private final class AxisTable {
  private let integers, floats: AlignedBuffer
  private let taps, inputs: Int
  let outputs: Int

  init(_ weights: AxisWeights) {
    (inputs, outputs) = (weights.inputs, weights.outputs)
    taps = weights.sums.map(\.weights.count).max() ?? 0
    integers = AlignedBuffer(bytes: 2 * outputs * MemoryLayout<Int32>.stride)
    floats = AlignedBuffer(bytes: outputs * taps * MemoryLayout<Float>.stride)
    let (numbers, factors) = (integers.elements(Int32.self), floats.elements(Float.self))
    for (output, sum) in weights.sums.enumerated() {
      numbers[output] = Int32(sum.start)
      numbers[outputs + output] = Int32(sum.weights.count)
      for (tap, weight) in sum.weights.enumerated() { factors[output * taps + tap] = Float(weight) }
    }
  }

  /// Valid as long as the table lives.
  var axis: cvk_axis {
    let numbers = integers.elements(Int32.self).baseAddress!
    return cvk_axis(
      starts: numbers, counts: numbers + outputs, weights: floats.elements(Float.self).baseAddress!, taps: taps,
      inputs: inputs, outputs: outputs)
  }
}
