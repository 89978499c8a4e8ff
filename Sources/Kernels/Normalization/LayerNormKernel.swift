import CVectorKernels
import Tensors

/// LayerNorm on f32 rows of `width` elements, each normalised by its own mean and variance, with the gradients of scale and
/// shift added up over calls.
///
/// Rows are spread over the team's threads in contiguous parts; each part sums for itself, and parts are added in their
/// order: the same bits for the same number of threads. `CVectorKernels/include/layer_norm.h` says how sums are kept
/// accurate.
public final class LayerNormKernel {
  /// Bytes that `forward` keeps of each row for `backward`.
  public static let bytesPerRow = MemoryLayout<cvk_row_moments>.stride

  private let rows, width, parts: Int
  private let epsilon: Double
  private let team: ThreadTeam
  /// Of each part: sums for scale and shift, `[2, width]` in f64, and the kernel's scratch, `[2, width]` in f32.
  private let sums: AlignedBuffer
  private let scratch: AlignedBuffer

  public init(rows: Int, width: Int, epsilon: Double, training: Bool, team: ThreadTeam) {
    (self.rows, self.width, self.epsilon, self.team) = (rows, width, epsilon, team)
    parts = team.parts(of: rows, atLeast: elementsWorthAThread / max(width, 1))
    let summed = training ? parts * 2 * width : 0
    sums = AlignedBuffer(bytes: summed * MemoryLayout<Double>.stride)
    scratch = AlignedBuffer(bytes: summed * MemoryLayout<Float>.stride)
  }

  /// `y = (x - mean) / sqrt(variance + epsilon) * scale + shift`; `scale` and `shift` are `[width]`, and `y` may be `x`.
  ///
  /// - Parameter moments: `bytesPerRow` for each row, or nil in evaluation.
  public func forward(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, scale: UnsafePointer<Float>,
    shift: UnsafePointer<Float>, moments: UnsafeMutableRawPointer?
  ) {
    let moments = moments?.assumingMemoryBound(to: cvk_row_moments.self)
    team.run(parts) { part in
      let range = ThreadTeam.range(part, of: parts, count: rows)
      let first = range.lowerBound * width
      cvk_layer_norm(
        x + first, y + first, range.count, width, scale, shift, epsilon, moments.map { $0 + range.lowerBound })
    }
  }

  /// Writes the input's gradient, unless it is nil, and adds to the sums for scale and shift; the first tile of a batch
  /// starts them. `dx` may be `dy`.
  public func backward(
    x: UnsafePointer<Float>, outputGradient dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>?,
    scale: UnsafePointer<Float>, moments: UnsafeRawPointer, isFirst: Bool
  ) {
    let moments = moments.assumingMemoryBound(to: cvk_row_moments.self)
    let sums = sums.elements(Double.self)
    let scratch = scratch.elements(Float.self)
    if isFirst { sums.update(repeating: 0) }
    team.run(parts) { part in
      let range = ThreadTeam.range(part, of: parts, count: rows)
      let first = range.lowerBound * width
      let ofPart = sums.baseAddress! + part * 2 * width
      cvk_layer_norm_gradient(
        x + first, dy + first, dx.map { $0 + first }, range.count, width, scale, moments + range.lowerBound,
        scratch.baseAddress! + part * 2 * width, ofPart, ofPart + width)
    }
  }

  /// The gradient of one element of scale or shift, over all tiles since the first.
  public func scaleGradient(_ index: Int) -> Float { total(index) }
  public func shiftGradient(_ index: Int) -> Float { total(width + index) }

  private func total(_ index: Int) -> Float {
    let sums = sums.elements(Double.self)
    return Float((0..<parts).reduce(0) { $0 + sums[$1 * 2 * width + index] })
  }
}
