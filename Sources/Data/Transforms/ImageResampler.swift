import CVectorKernels

/// Crops, resizes, mirrors and normalises a decoded image in one pass, straight to where the network reads it.
///
/// Each output row is made whole before the next: the source rows under it are weighed into one f32 row of the crop's
/// width, and the output pixels are weighed from that. So only the crop is read, what lies between stays in the first
/// cache, and the loop that vectorises badly (along the row) runs over few rows. Nothing is rounded to 8 bits on the
/// way. One owner, one thread at a time; buffers are reused.
public struct ImageResampler {
  private var horizontal = FilterTaps()
  private var vertical = FilterTaps()
  private var row: [Float] = []

  public init() {}

  /// - Parameters:
  ///   - pixels: u8 `[height, width, 3]`.
  ///   - output: f32 `[plan.vertical.outputLength, plan.horizontal.outputLength, 3]`, overwritten.
  public mutating func resample(
    _ pixels: UnsafeRawBufferPointer, size: PixelSize, plan: CropPlan, normalization: Normalization,
    into output: UnsafeMutablePointer<Float>
  ) {
    precondition(pixels.count == size.pixels * 3, "\(pixels.count) bytes for an image of \(size) pixels")
    precondition(
      plan.horizontal.sourceStart + plan.horizontal.sourceLength <= size.width
        && plan.vertical.sourceStart + plan.vertical.sourceLength <= size.height,
      "\(plan) leaves an image of \(size) pixels")
    guard let origin = pixels.bindMemory(to: UInt8.self).baseAddress else { return }
    horizontal.prepare(plan.horizontal, reversed: plan.flip)
    vertical.prepare(plan.vertical, reversed: false)
    let firstRow = plan.vertical.sourceStart + vertical.sourceRange.lowerBound
    let firstColumn = plan.horizontal.sourceStart + horizontal.sourceRange.lowerBound
    let source = origin + (firstRow * size.width + firstColumn) * 3
    let rowLength = horizontal.sourceRange.count * 3
    // The kernel reads one float more than the row has.
    if row.count < rowLength + 1 { row = [Float](repeating: 0, count: rowLength + 1) }
    let scale = SIMD4(normalization.scale, 0)
    let offset = SIMD4(normalization.offset, 0)
    for outputRow in 0..<vertical.outputLength {
      let rows = source + Int(vertical.starts[outputRow]) * size.width * 3
      vertical.weights.withUnsafeBufferPointer { weights in
        cvk_weigh_rows(
          &row, rows, size.width * 3, weights.baseAddress.map { $0 + outputRow * vertical.maxTaps },
          Int(vertical.counts[outputRow]), rowLength)
      }
      withUnsafeBytes(of: scale) { scale in
        withUnsafeBytes(of: offset) { offset in
          cvk_weigh_pixels(
            output + outputRow * horizontal.outputLength * 3, row, horizontal.starts, horizontal.counts,
            horizontal.weights, horizontal.maxTaps, horizontal.outputLength,
            scale.bindMemory(to: Float.self).baseAddress, offset.bindMemory(to: Float.self).baseAddress)
        }
      }
    }
  }
}
