/// A mean over a window of a width that need not be whole, in 24 bits: the pixels within `radius` count fully, the next on
/// either side in part. Beyond the edges the outermost pixel goes on.
///
/// Pillow's `ImagingBoxBlur`. Source of the extended box filter: Gwosdek et al., "Theoretical Foundations of Gaussian Convolution
/// by Extended Box Filtering", SSVM 2011.
struct BoxBlur {
  let radius: Int
  /// 2^24 times the weights of a full pixel, and of one at the ends.
  let weight: UInt32
  let endWeight: UInt32

  init(radius: Float) {
    self.radius = Int(radius)
    weight = UInt32(Float(1 << 24) / (radius * 2 + 1))
    endWeight = ((1 << 24) - UInt32(2 * self.radius + 1) * weight) / 2
  }

  /// Of which three in a row are as wide as a Gaussian of this standard deviation; in f32, as in Pillow.
  init(threeOfGaussian deviation: Float) {
    let variance = deviation * deviation / 3
    let length = Float((12 * Double(variance) + 1).squareRoot())
    let whole = ((length - 1) / 2).rounded(.down)
    let part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance) / (6 * (variance - (whole + 1) * (whole + 1)))
    self.init(radius: whole + part)
  }

  /// Blurs along one axis: `lines` sequences of `length` elements, `stride` bytes apart, that begin `lineStride` bytes apart.
  ///
  /// - Parameter scratch: room for one line.
  func blur(
    _ bytes: UnsafeMutablePointer<UInt8>, lines: Int, lineStride: Int, length: Int, stride: Int,
    scratch: UnsafeMutablePointer<UInt8>
  ) {
    let last = length - 1
    for line in 0..<lines {
      let start = bytes + line * lineStride
      for i in 0..<length { scratch[i] = start[i &* stride] }
      var sum: UInt32 = 0
      for i in -radius...radius { sum &+= UInt32(scratch[min(max(i, 0), last)]) }
      for i in 0..<length {
        let ends = UInt32(scratch[max(i &- radius &- 1, 0)]) &+ UInt32(scratch[min(i &+ radius &+ 1, last)])
        start[i &* stride] = UInt8(truncatingIfNeeded: (sum &* weight &+ ends &* endWeight &+ (1 << 23)) >> 24)
        sum &+= UInt32(scratch[min(i &+ radius &+ 1, last)]) &- UInt32(scratch[max(i &- radius, 0)])
      }
    }
  }
}

extension PixelImage {
  /// `ImageFilter.GaussianBlur`; `scratch` has room for one line of one channel.
  func blur(deviation: Float, scratch: UnsafeMutablePointer<UInt8>) {
    let box = BoxBlur(threeOfGaussian: deviation)
    let row = size.width * 3
    for _ in 0..<3 {
      for y in 0..<size.height {
        box.blur(bytes + y * row, lines: 3, lineStride: 1, length: size.width, stride: 3, scratch: scratch)
      }
    }
    for _ in 0..<3 {
      box.blur(bytes, lines: row, lineStride: 1, length: size.height, stride: row, scratch: scratch)
    }
  }
}
