import Tensors

/// The maximum over a sliding square window, `[N, C, H, W] -> [N, C, H', W']`; padding never wins. Where several inputs
/// are the maximum, the gradient goes to the first in row-major order.
public struct ReferenceMaxPooling: Hashable, Sendable {
  public var kernel, stride, padding: Int

  public init(kernel: Int, stride: Int, padding: Int = 0) {
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
  }

  public func outputShape(input: Shape) -> Shape {
    let extent = { (axis: Int) in (input[axis] + 2 * padding - kernel) / stride + 1 }
    return [input[0], input[1], extent(2), extent(3)]
  }

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(outputShape(input: x.shape), winners(x).map { x.values[$0] })
  }

  public func backward(input x: ReferenceTensor, outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    var dx = ReferenceTensor(zeros: x.shape)
    for (at, winner) in winners(x).enumerated() { dx.values[winner] += dy.values[at] }
    return dx
  }

  /// The offset of the maximum of each window, in the order of the output.
  private func winners(_ x: ReferenceTensor) -> [Int] {
    let output = outputShape(input: x.shape)
    var winners: [Int] = []
    for n in 0..<output[0] {
      for c in 0..<output[1] {
        for i in 0..<output[2] {
          for j in 0..<output[3] {
            let rows = window(i, extent: x.shape[2])
            let columns = window(j, extent: x.shape[3])
            var best = x.offset(n, c, rows.lowerBound, columns.lowerBound)
            for row in rows {
              for column in columns where x[n, c, row, column] > x.values[best] {
                best = x.offset(n, c, row, column)
              }
            }
            winners.append(best)
          }
        }
      }
    }
    return winners
  }

  /// The part of a window that lies in the image.
  private func window(_ index: Int, extent: Int) -> Range<Int> {
    let start = index * stride - padding
    return max(start, 0)..<min(start + kernel, extent)
  }
}
