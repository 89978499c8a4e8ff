import CVectorKernels
import Tensors

/// Maxima over windows of images stored channels last, `[N, H, W, C] -> [N, H', W', C]`, of f32 or bf16. Of equal values the
/// first in row-major order is the maximum, and a NaN is larger than all numbers.
public final class MaximumWindows {
  /// Elements of a window at most: its places are kept as 16-bit numbers.
  public static let largestWindow = 65536

  private let rows, columns: WindowTable
  private let channels, samples: Int
  private let kernels: cvk_maximum_windows
  private let team: ThreadTeam

  public convenience init(
    rows: WindowAxis, columns: WindowAxis, channels: Int, samples: Int, type: ElementType, team: ThreadTeam
  ) {
    self.init(
      rows: rows, columns: columns, channels: channels, samples: samples, kernels: maximumWindows(type), team: team)
  }

  /// By kernels that need not be the best that the machine can run.
  package init(
    rows: WindowAxis, columns: WindowAxis, channels: Int, samples: Int, kernels: cvk_maximum_windows, team: ThreadTeam
  ) {
    precondition(rows.longest * columns.longest <= MaximumWindows.largestWindow, "too many elements in a window")
    (self.rows, self.columns) = (WindowTable(rows), WindowTable(columns))
    (self.channels, self.samples) = (channels, samples)
    self.kernels = kernels
    self.team = team
  }

  /// - Parameter positions: as many as outputs; where the maxima were, kept for `backward`. Nil in evaluation.
  public func forward(
    _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer, positions: UnsafeMutablePointer<UInt16>?
  ) {
    let rowElements = columns.outputs * channels
    team.forEachRange(of: samples * rows.outputs, atLeast: elementsWorthAThread / max(rowElements, 1)) { range in
      var (rows, columns) = (self.rows.windows, self.columns.windows)
      kernels.maxima(x, y, positions, channels, &rows, &columns, range.lowerBound, range.upperBound)
    }
  }

  /// An input's gradient is the sum over the windows whose maximum it was, added up in f32 and rounded to the type once.
  public func backward(
    outputGradient dy: UnsafeRawPointer, positions: UnsafePointer<UInt16>, inputGradient dx: UnsafeMutableRawPointer
  ) {
    let rowElements = columns.inputs * channels
    team.forEachRange(of: samples * rows.inputs, atLeast: elementsWorthAThread / max(rowElements, 1)) { range in
      var (rows, columns) = (self.rows.windows, self.columns.windows)
      kernels.gradient(dy, positions, dx, channels, &rows, &columns, range.lowerBound, range.upperBound)
    }
  }
}

private func maximumWindows(_ type: ElementType) -> cvk_maximum_windows {
  let kernels = bestKernels()
  switch type {
  case .f32: return kernels.pointee.maximum_windows_f32
  case .bf16: return kernels.pointee.maximum_windows_bf16
  default: preconditionFailure("no kernels for \(type) activations")
  }
}

/// A `WindowAxis` as the kernels read it.
private final class WindowTable {
  private let buffer: AlignedBuffer
  private let step, longest, holdersOfInput: Int
  let inputs, outputs: Int

  init(_ axis: WindowAxis) {
    let holders = axis.holders
    (inputs, outputs, step, longest) = (axis.inputs, axis.outputs, axis.step, axis.longest)
    holdersOfInput = holders.map(\.count).max() ?? 0
    buffer = AlignedBuffer(bytes: (2 * outputs + (2 + holdersOfInput) * inputs) * MemoryLayout<Int32>.stride)
    let numbers = buffer.elements(Int32.self)
    for (output, window) in axis.windows.enumerated() {
      numbers[output] = Int32(window.start)
      numbers[outputs + output] = Int32(window.count)
    }
    let (starts, counts, places) = (2 * outputs, 2 * outputs + inputs, 2 * outputs + 2 * inputs)
    for (input, holders) in holders.enumerated() {
      numbers[starts + input] = Int32(holders.lowerBound)
      numbers[counts + input] = Int32(holders.count)
      for (index, output) in holders.enumerated() {
        numbers[places + input * holdersOfInput + index] = axis.place(of: input, in: output).map(Int32.init) ?? -1
      }
    }
  }

  /// Valid as long as the table lives.
  var windows: cvk_windows {
    let numbers = buffer.elements(Int32.self).baseAddress!
    let covers = numbers + 2 * outputs
    return cvk_windows(
      starts: numbers, counts: numbers + outputs, cover_starts: covers, cover_counts: covers + inputs,
      cover_taps: covers + 2 * inputs, step: step, taps: longest, covers: holdersOfInput, inputs: inputs,
      outputs: outputs)
  }
}
