import CVectorKernels

/// Crops, resizes, mirrors and normalises a decoded image in one pass, straight to where the network reads it.
///
/// Four output rows are made at a time: the source rows under each are weighed into a block that holds the four side by
/// side, pixel by pixel, and the output pixels are weighed from that, four rows with one instruction. What lies between
/// stays in the first cache, and nothing is rounded to 8 bits on the way. One owner, one thread at a time; buffers are
/// reused.
public struct ImageResampler: ~Copyable {
  private var horizontal = FilterTaps()
  private var vertical = FilterTaps()
  /// f32 `[columns rounded up to 4, 4 rows, 4]`.
  private var block = ByteBuffer()

  public init() {}

  /// - Parameters:
  ///   - pixels: u8 `[height, width, 4]` of `region`; 12 more bytes may be read after them.
  ///   - region: of the image shrunk by `denominator`. Holds at least `plan.sourceRegion(denominator:)`.
  ///   - output: f32 `[plan.vertical.outputLength, plan.horizontal.outputLength, 3]`, overwritten.
  public mutating func resample(
    _ pixels: UnsafeRawBufferPointer, region: PixelRegion, denominator: Int = 1, plan: CropPlan,
    normalization: Normalization, into output: UnsafeMutablePointer<Float>
  ) {
    precondition(pixels.count == region.size.pixels * 4, "\(pixels.count) bytes for \(region)")
    horizontal.prepare(plan.horizontal, denominator: denominator, reversed: plan.flip)
    vertical.prepare(plan.vertical, denominator: denominator, reversed: false)
    let (columns, rows) = (horizontal.sourceRange, vertical.sourceRange)
    precondition(
      region.columns.clamped(to: columns) == columns && region.rows.clamped(to: rows) == rows,
      "\(plan) needs more than \(region)")
    guard let origin = pixels.bindMemory(to: UInt8.self).baseAddress else { return }
    let stride = region.columns.count * 4
    let source =
      origin + (rows.lowerBound - region.rows.lowerBound) * stride
      + (columns.lowerBound - region.columns.lowerBound) * 4
    let block = block.resize(to: (columns.count + 3) / 4 * 4 * 16 * MemoryLayout<Float>.stride)
      .bindMemory(to: Float.self).baseAddress
    let scale = SIMD4(normalization.scale, 0)
    let offset = SIMD4(normalization.offset, 0)
    let rowLength = horizontal.outputLength * 3
    for first in Swift.stride(from: 0, to: vertical.outputLength, by: 4) {
      let count = min(4, vertical.outputLength - first)
      vertical.withTaps(from: first) { starts, counts, weights in
        cvk_weigh_rows(block, source, stride, starts, counts, weights, vertical.maxTaps, count, columns.count)
      }
      withUnsafeBytes(of: scale) { scale in
        withUnsafeBytes(of: offset) { offset in
          cvk_weigh_pixels(
            output + first * rowLength, rowLength, count, block, horizontal.starts, horizontal.counts,
            horizontal.weights, horizontal.maxTaps, horizontal.outputLength,
            scale.bindMemory(to: Float.self).baseAddress, offset.bindMemory(to: Float.self).baseAddress)
        }
      }
    }
  }
}
