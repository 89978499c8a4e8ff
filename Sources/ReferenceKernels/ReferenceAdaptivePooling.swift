import Tensors

/// Mean and maximum over `height` x `width` bins, `[N, C, H, W] -> [N, C, height, width]`. Of n bins over an extent e, bin i
/// holds the pixels that overlap the part of the image from i e / n to (i + 1) e / n.
public struct ReferenceAdaptivePooling: Hashable, Sendable {
  public var height, width: Int

  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  private func bin(_ index: Int, of count: Int, extent: Int) -> [Int] {
    (0..<extent).filter { $0 * count < (index + 1) * extent && ($0 + 1) * count > index * extent }
  }

  private func map(_ input: Shape) -> ReferencePixelMap {
    var map = ReferencePixelMap(input: input, outputHeight: height, outputWidth: width)
    for i in 0..<height {
      for j in 0..<width {
        let (rows, columns) = (bin(i, of: height, extent: input[2]), bin(j, of: width, extent: input[3]))
        for r in rows {
          for s in columns { map.add(i, j, 1 / Double(rows.count * columns.count), r, s) }
        }
      }
    }
    return map
  }

  public func mean(_ x: ReferenceTensor) -> ReferenceTensor { map(x.shape).forward(x) }

  public func meanGradient(outputGradient dy: ReferenceTensor, inputShape: Shape) -> ReferenceTensor {
    map(inputShape).backward(outputGradient: dy)
  }

  private func maxima(_ input: Shape) -> ReferenceMaxima {
    ReferenceMaxima(
      rows: (0..<height).map { bin($0, of: height, extent: input[2]) },
      columns: (0..<width).map { bin($0, of: width, extent: input[3]) })
  }

  public func maximum(_ x: ReferenceTensor) -> ReferenceTensor { maxima(x.shape).forward(x) }

  public func maximumGradient(input x: ReferenceTensor, outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    maxima(x.shape).backward(input: x, outputGradient: dy)
  }
}
