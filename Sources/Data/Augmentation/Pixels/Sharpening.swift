import CVectorKernels

extension PixelImage {
  /// Pillow's `ImageFilter.SMOOTH`: the eight pixels around, once each, and the pixel itself, five times, over 13, rounded. The
  /// outermost pixels stay.
  func smooth(into output: PixelImage) {
    output.bytes.update(from: bytes, count: count)
    let row = size.width * 3
    guard size.width > 2, size.height > 2 else { return }
    for y in 1..<size.height - 1 {
      let (above, own, below) = (bytes + (y - 1) * row, bytes + y * row, bytes + (y + 1) * row)
      let target = output.bytes + y * row
      for i in 3..<row - 3 {
        var sum = UInt32(above[i - 3]) &+ UInt32(above[i]) &+ UInt32(above[i + 3])
        sum &+= UInt32(own[i - 3]) &+ 5 &* UInt32(own[i]) &+ UInt32(own[i + 3])
        sum &+= UInt32(below[i - 3]) &+ UInt32(below[i]) &+ UInt32(below[i + 3])
        // No sum is halfway between two multiples of 13, so that whole numbers give what Pillow's floats give.
        target[i] = UInt8(truncatingIfNeeded: (2 &* sum &+ 13) / 26)
      }
    }
  }

  /// `ImageEnhance.Sharpness`; `scratch` is as large as the image.
  func sharpen(factor: Float, scratch: PixelImage) {
    smooth(into: scratch)
    cvk_blend_bytes(bytes, scratch.bytes, factor, count)
  }
}
