import Tensors

/// The mean over a sliding window, `[N, C, H, W] -> [N, C, H', W']`: over all pixels that it covers of the image and, if
/// padding counts, of the padding.
public struct ReferenceAveragePooling: Hashable, Sendable {
  public var rows, columns: ReferenceWindow
  public var countsPadding: Bool

  public init(rows: ReferenceWindow, columns: ReferenceWindow, countsPadding: Bool) {
    (self.rows, self.columns, self.countsPadding) = (rows, columns, countsPadding)
  }

  private func map(_ input: Shape) -> ReferencePixelMap {
    let (height, width) = (rows.outputExtent(input[2]), columns.outputExtent(input[3]))
    var map = ReferencePixelMap(input: input, outputHeight: height, outputWidth: width)
    for i in 0..<height {
      for j in 0..<width {
        var (count, pixels): (Int, [(Int, Int)]) = (0, [])
        for r in rows.positions(i) where r < input[2] + rows.padding {
          for s in columns.positions(j) where s < input[3] + columns.padding {
            let isInside = (0..<input[2]).contains(r) && (0..<input[3]).contains(s)
            if isInside || countsPadding { count += 1 }
            if isInside { pixels.append((r, s)) }
          }
        }
        for (r, s) in pixels { map.add(i, j, 1 / Double(count), r, s) }
      }
    }
    return map
  }

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor { map(x.shape).forward(x) }

  public func backward(outputGradient dy: ReferenceTensor, inputShape: Shape) -> ReferenceTensor {
    map(inputShape).backward(outputGradient: dy)
  }
}
