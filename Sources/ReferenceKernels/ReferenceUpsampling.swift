import Foundation
import Tensors

/// Interpolation between pixels, `[N, C, H, W] -> [N, C, H', W']`. Along each axis output coordinate o lies at
///
/// - nearest: floor(o step);
/// - bilinear: (o + 1/2) step - 1/2, but not before the first pixel; with aligned corners o (inputs - 1) / (outputs - 1)
///
/// of the input, and bilinear weights fall off linearly to 0 over one pixel. Behind the last pixel lies a copy of it. PyTorch
/// takes a step of 1 where the size stays, and of 1/2 where it doubles to the nearest, whatever factor led there.
public struct ReferenceUpsampling: Hashable, Sendable {
  public enum Method: Hashable, Sendable { case nearest, bilinear, bilinearWithAlignedCorners }

  public var method: Method
  public var height, width: Int
  /// Input pixels per output pixel; nil: the ratio of the sizes.
  public var rowStep, columnStep: Double?

  public init(_ method: Method, height: Int, width: Int, rowStep: Double? = nil, columnStep: Double? = nil) {
    (self.method, self.height, self.width) = (method, height, width)
    (self.rowStep, self.columnStep) = (rowStep, columnStep)
  }

  private func position(_ output: Int, outputs: Int, inputs: Int, step: Double?) -> Double {
    let isWhole = outputs == inputs || (outputs == 2 * inputs && method == .nearest)
    let step = isWhole ? Double(inputs) / Double(outputs) : step ?? Double(inputs) / Double(outputs)
    switch method {
    // In f32, as PyTorch.
    case .nearest: return Double(floorf(Float(output) * Float(step)))
    case .bilinear: return max(0, (Double(output) + 0.5) * step - 0.5)
    case .bilinearWithAlignedCorners:
      return outputs == 1 ? 0 : Double(output) * Double(inputs - 1) / Double(outputs - 1)
    }
  }

  private func map(_ input: Shape) -> ReferencePixelMap {
    var map = ReferencePixelMap(input: input, outputHeight: height, outputWidth: width)
    for i in 0..<height {
      let y = position(i, outputs: height, inputs: input[2], step: rowStep)
      for j in 0..<width {
        let x = position(j, outputs: width, inputs: input[3], step: columnStep)
        for r in [floor(y), floor(y) + 1] {
          for s in [floor(x), floor(x) + 1] {
            let weight = (1 - abs(y - r)) * (1 - abs(x - s))
            map.add(i, j, weight, min(Int(r), input[2] - 1), min(Int(s), input[3] - 1))
          }
        }
      }
    }
    return map
  }

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor { map(x.shape).forward(x) }

  public func backward(outputGradient dy: ReferenceTensor, inputShape: Shape) -> ReferenceTensor {
    map(inputShape).backward(outputGradient: dy)
  }
}
