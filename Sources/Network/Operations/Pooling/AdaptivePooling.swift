import Kernels
import Tensors

/// The mean over as many bins as the output shall have rows and columns, `[C, H, W] -> [C, height, width]`, as PyTorch's
/// `AdaptiveAvgPool2d`. Bin i of n over an extent e reaches from floor(i e / n) to ceil((i + 1) e / n); bins overlap where n
/// does not divide e.
public struct AdaptiveAveragePooling: Operation {
  public var height, width: Int

  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  public var kind: String { "adaptive average pooling" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    try binned(inputs, height: height, width: width)
  }

  public var memory: MemoryRule { MemoryRule() }
  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation {
    let input = site.inputShapes[0]
    return PreparedLinearMap(
      rows: WindowAxis(bins: height, of: input[1]).means, columns: WindowAxis(bins: width, of: input[2]).means,
      at: site)
  }
}

/// The maximum over the same bins, as PyTorch's `AdaptiveMaxPool2d`.
///
/// In forward mode the tangent is read at the places that the workspace holds.
public struct AdaptiveMaxPooling: Operation {
  public var height, width: Int

  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  public var kind: String { "adaptive max pooling" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let shape = try binned(inputs, height: height, width: width)
    let (rows, columns) = (WindowAxis(bins: height, of: inputs[0][1]), WindowAxis(bins: width, of: inputs[0][2]))
    guard rows.longest * columns.longest <= MaximumWindows.largestWindow else {
      throw ShapeError(kind, inputs, "a bin has at most \(MaximumWindows.largestWindow) elements; use more bins")
    }
    return shape
  }

  public var memory: MemoryRule { MemoryRule() }
  public var bf16Support: BF16Support { .everywhere }

  public func workspaceBytes(for inputs: [Shape]) -> Int {
    PreparedMaximum.workspaceBytes(try? outputShape(of: inputs))
  }

  public func prepare(at site: Site) -> any PreparedOperation {
    let input = site.inputShapes[0]
    return PreparedMaximum(
      rows: WindowAxis(bins: height, of: input[1]), columns: WindowAxis(bins: width, of: input[2]), at: site)
  }
}

extension Operation {
  fileprivate func binned(_ inputs: [Shape], height: Int, width: Int) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3, inputs[0].elements > 0 else {
      throw ShapeError(kind, inputs, "it needs channels, height and width")
    }
    guard height > 0, width > 0 else {
      throw ShapeError(kind, inputs, "an output of \(height)x\(width) is empty; ask for at least 1x1")
    }
    return [inputs[0][0], height, width]
  }
}

extension WindowAxis {
  init(bins: Int, of input: Int) {
    self.init(
      inputs: input,
      windows: (0..<bins).map { bin in
        let (start, end) = (bin * input / bins, ((bin + 1) * input + bins - 1) / bins)
        return Window(start: start, count: end - start)
      })
  }

  /// Averages over the windows, which have no gaps.
  var means: AxisWeights {
    AxisWeights(
      inputs: inputs,
      sums: windows.map { window in
        AxisWeights.Sum(
          start: window.start, weights: Array(repeating: 1 / Double(window.count), count: window.count))
      })
  }
}
