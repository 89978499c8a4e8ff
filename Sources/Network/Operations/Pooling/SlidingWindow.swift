import Kernels
import Tensors

/// A window that slides along one axis of an image, with PyTorch's conventions: it covers `kernel` inputs that are
/// `dilation` apart, starts `padding` before the first input, and moves by `stride`.
public struct SlidingWindow: Hashable, Sendable {
  public var kernel, stride, padding, dilation: Int
  /// Whether a last window that reaches beyond the padding counts, if it still begins before that: PyTorch's `ceil_mode`.
  public var roundsUp: Bool

  /// - Parameter stride: the kernel's extent if nil.
  public init(kernel: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1, roundsUp: Bool = false) {
    (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    (self.dilation, self.roundsUp) = (dilation, roundsUp)
  }

  /// From the first to the last input that it covers.
  var reach: Int { dilation * (kernel - 1) + 1 }

  /// How many windows there are, 0 or less where the first does not fit.
  func outputExtent(_ input: Int) -> Int {
    let travel = input + 2 * padding - reach + (roundsUp ? stride - 1 : 0)
    guard travel >= 0 else { return 0 }
    let count = travel / stride + 1
    return roundsUp && (count - 1) * stride >= input + padding ? count - 1 : count
  }

  /// Where a window begins, counted from the first input; may lie in the padding.
  func start(_ output: Int) -> Int { output * stride - padding }

  /// What a window holds of the image; nil where it is all padding.
  func window(_ output: Int, of input: Int) -> WindowAxis.Window? {
    let taps = (0..<kernel).map { start(output) + $0 * dilation }.filter { (0..<input).contains($0) }
    return taps.first.map { WindowAxis.Window(start: $0, count: taps.count) }
  }

  func windows(of input: Int) -> WindowAxis {
    WindowAxis(
      inputs: input, step: dilation, windows: (0..<outputExtent(input)).map { window($0, of: input)! })
  }

  /// Averages over the windows, dilation aside.
  ///
  /// - Parameter countsPadding: whether to divide by all that a window covers of image and padding, or of the image alone.
  func averages(of input: Int, countsPadding: Bool) -> AxisWeights {
    let sums = (0..<outputExtent(input)).map { output in
      let window = window(output, of: input)!
      let end = min(start(output) + kernel, input + padding)
      let count = countsPadding ? end - start(output) : window.count
      return AxisWeights.Sum(
        start: window.start, weights: Array(repeating: 1 / Double(count), count: window.count))
    }
    return AxisWeights(inputs: input, sums: sums)
  }
}

extension Operation {
  /// The shape after windows have slid over a feature map's rows and columns, for pooling.
  func slide(
    _ rows: SlidingWindow, _ columns: SlidingWindow, over inputs: [Shape]
  ) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    let size = "\(rows.kernel)x\(columns.kernel) window"
    for window in [rows, columns] {
      guard window.kernel > 0, window.stride > 0, window.dilation > 0, window.padding >= 0 else {
        throw ShapeError(kind, inputs, "kernel, stride and dilation must be positive, padding must not be negative")
      }
      guard 2 * window.padding <= window.kernel else {
        throw ShapeError(kind, inputs, "padding of \(window.padding) is more than half of the \(size)")
      }
    }
    let (height, width) = (rows.outputExtent(input[1]), columns.outputExtent(input[2]))
    guard height > 0, width > 0 else {
      throw ShapeError(kind, inputs, "a \(size) does not fit; use larger images")
    }
    for (window, extent, count) in [(rows, input[1], height), (columns, input[2], width)] {
      guard (0..<count).allSatisfy({ window.window($0, of: extent) != nil }) else {
        throw ShapeError(kind, inputs, "some \(size)s hold nothing but padding; use larger images or less dilation")
      }
    }
    return [input[0], height, width]
  }
}
