import Kernels
import Tensors

/// The mean over a sliding window, `[C, H, W] -> [C, H', W']`, as PyTorch's `AvgPool2d`.
public struct AveragePooling: Operation {
  /// Their dilation is 1.
  public var rows, columns: SlidingWindow
  /// Whether padding counts as zeros, or is left out of the mean. What a window covers beyond the padding, where sizes are
  /// rounded up, never counts.
  public var countsPadding: Bool

  public init(rows: SlidingWindow, columns: SlidingWindow, countsPadding: Bool = true) {
    (self.rows, self.columns, self.countsPadding) = (rows, columns, countsPadding)
  }

  /// A square window.
  public init(
    kernel: Int, stride: Int? = nil, padding: Int = 0, roundsUp: Bool = false, countsPadding: Bool = true
  ) {
    let window = SlidingWindow(kernel: kernel, stride: stride, padding: padding, roundsUp: roundsUp)
    self.init(rows: window, columns: window, countsPadding: countsPadding)
  }

  public var kind: String { "average pooling" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard rows.dilation == 1, columns.dilation == 1 else {
      throw ShapeError(kind, inputs, "an average has no dilation; leave it at 1")
    }
    return try slide(rows, columns, over: inputs)
  }

  public var memory: MemoryRule { MemoryRule() }
  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation {
    let input = site.inputShapes[0]
    return PreparedLinearMap(
      rows: rows.averages(of: input[1], countsPadding: countsPadding),
      columns: columns.averages(of: input[2], countsPadding: countsPadding), at: site)
  }
}
