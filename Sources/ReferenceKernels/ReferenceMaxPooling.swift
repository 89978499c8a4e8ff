import Tensors

/// The maximum over a sliding window, `[N, C, H, W] -> [N, C, H', W']`; padding never wins. Where several inputs are the
/// maximum, the gradient goes to the first in row-major order.
public struct ReferenceMaxPooling: Hashable, Sendable {
  public var rows, columns: ReferenceWindow

  public init(rows: ReferenceWindow, columns: ReferenceWindow) {
    (self.rows, self.columns) = (rows, columns)
  }

  public init(kernel: Int, stride: Int, padding: Int = 0) {
    let window = ReferenceWindow(kernel: kernel, stride: stride, padding: padding)
    self.init(rows: window, columns: window)
  }

  public func outputShape(input: Shape) -> Shape {
    [input[0], input[1], rows.outputExtent(input[2]), columns.outputExtent(input[3])]
  }

  private func bins(_ x: ReferenceTensor) -> ReferenceMaxima {
    let output = outputShape(input: x.shape)
    return ReferenceMaxima(
      rows: (0..<output[2]).map { rows.positions($0).filter { (0..<x.shape[2]).contains($0) } },
      columns: (0..<output[3]).map { columns.positions($0).filter { (0..<x.shape[3]).contains($0) } })
  }

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor { bins(x).forward(x) }

  public func backward(input x: ReferenceTensor, outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    bins(x).backward(input: x, outputGradient: dy)
  }
}

/// Maxima over given rows and columns for each row and column of the output.
struct ReferenceMaxima {
  var rows, columns: [[Int]]

  func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor([x.shape[0], x.shape[1], rows.count, columns.count], winners(x).map { x.values[$0] })
  }

  func backward(input x: ReferenceTensor, outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    var dx = ReferenceTensor(zeros: x.shape)
    for (at, winner) in winners(x).enumerated() { dx.values[winner] += dy.values[at] }
    return dx
  }

  /// The offset of each maximum, in the order of the output.
  private func winners(_ x: ReferenceTensor) -> [Int] {
    var winners: [Int] = []
    for n in 0..<x.shape[0] {
      for c in 0..<x.shape[1] {
        for rows in rows {
          for columns in columns {
            var best = x.offset(n, c, rows[0], columns[0])
            for row in rows {
              for column in columns where x[n, c, row, column] > x.values[best] { best = x.offset(n, c, row, column) }
            }
            winners.append(best)
          }
        }
      }
    }
    return winners
  }
}
