import Kernels
import Tensors

/// The maximum over a sliding window, `[C, H, W] -> [C, H', W']`, as PyTorch's `MaxPool2d`. Padding never wins, and is at
/// most half the window. The gradient goes to the first of equal maxima; a NaN wins.
///
/// In forward mode the tangent is read at the places that the workspace holds.
public struct MaxPooling: Operation {
  public var rows, columns: SlidingWindow

  public init(rows: SlidingWindow, columns: SlidingWindow) {
    (self.rows, self.columns) = (rows, columns)
  }

  /// A square window.
  public init(kernel: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1, roundsUp: Bool = false) {
    let window = SlidingWindow(
      kernel: kernel, stride: stride, padding: padding, dilation: dilation, roundsUp: roundsUp)
    self.init(rows: window, columns: window)
  }

  public var kind: String { "max pooling" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    let shape = try slide(rows, columns, over: inputs)
    guard rows.kernel * columns.kernel <= MaximumWindows.largestWindow else {
      throw ShapeError(kind, inputs, "a window has at most \(MaximumWindows.largestWindow) elements")
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
    return PreparedMaximum(rows: rows.windows(of: input[1]), columns: columns.windows(of: input[2]), at: site)
  }
}

/// Maxima over any windows; the workspace holds a 16-bit number for each of the output's elements.
final class PreparedMaximum: PreparedOperation {
  private let kernel: MaximumWindows

  init(rows: WindowAxis, columns: WindowAxis, at site: Site) {
    kernel = MaximumWindows(
      rows: rows, columns: columns, channels: site.inputShapes[0][0], samples: site.tile, type: site.type,
      team: site.engine.team)
  }

  static func workspaceBytes(_ output: Shape?) -> Int { (output?.elements ?? 0) * MemoryLayout<UInt16>.stride }

  private func positions(_ call: Call) -> UnsafeMutablePointer<UInt16>? {
    call.workspace?.assumingMemoryBound(to: UInt16.self)
  }

  func forward(_ call: Call) {
    kernel.forward(call.inputs[0], into: call.output, positions: positions(call))
  }

  func backward(_ call: Call) {
    guard let dx = call.inputGradients[0] else { return }
    kernel.backward(outputGradient: call.outputGradient!, positions: positions(call)!, inputGradient: dx)
  }
}
