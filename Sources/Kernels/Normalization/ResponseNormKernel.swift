import CVectorKernels
import Tensors

/// Local response normalisation over neighbouring channels of f32 pixels stored channels last; the formula is in
/// `CVectorKernels/include/response_norm.h`.
public final class ResponseNormKernel {
  private let norm: cvk_response_norm
  private let pixels, parts, scratchElements: Int
  private let team: ThreadTeam
  private let scratch: AlignedBuffer

  public init(
    pixels: Int, channels: Int, size: Int, alpha: Float, beta: Float, k: Float, team: ThreadTeam
  ) {
    var norm = cvk_response_norm(channels: channels, size: size, alpha: alpha, beta: beta, k: k)
    (self.norm, self.pixels, self.team) = (norm, pixels, team)
    parts = team.parts(of: pixels, atLeast: elementsWorthAThread / max(channels, 1))
    scratchElements = roundUp(cvk_response_norm_scratch(&norm), to: 16)
    scratch = AlignedBuffer(bytes: parts * scratchElements * MemoryLayout<Float>.stride)
  }

  /// `y` may be `x`.
  public func forward(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    forEachPart { range, norm, scratch in
      let first = range.lowerBound * norm.pointee.channels
      cvk_response_norm_forward(norm, x + first, y + first, range.count, scratch)
    }
  }

  /// `dx` may be `dy`.
  public func backward(
    x: UnsafePointer<Float>, outputGradient dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>
  ) {
    forEachPart { range, norm, scratch in
      let first = range.lowerBound * norm.pointee.channels
      cvk_response_norm_gradient(norm, x + first, dy + first, dx + first, range.count, scratch)
    }
  }

  private func forEachPart(
    _ body: (_ pixels: Range<Int>, UnsafePointer<cvk_response_norm>, _ scratch: UnsafeMutablePointer<Float>) -> Void
  ) {
    let scratch = scratch.elements(Float.self).baseAddress!
    withUnsafePointer(to: norm) { norm in
      team.run(parts) { part in
        body(ThreadTeam.range(part, of: parts, count: pixels), norm, scratch + part * scratchElements)
      }
    }
  }
}
