/// Per-channel normalisation of pixel values in 0...255, red first: `(value / 255 - mean) / standardDeviation`.
public struct Normalization: Hashable, Sendable {
  public let mean: SIMD3<Double>
  public let standardDeviation: SIMD3<Double>

  /// Traps unless every standard deviation is positive.
  public init(mean: SIMD3<Double>, standardDeviation: SIMD3<Double>) {
    precondition(standardDeviation.min() > 0, "standard deviations \(standardDeviation) are not all positive")
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The moments of ImageNet's training images that the field has agreed on (torchvision's).
  public static let imageNet = Normalization(
    mean: SIMD3(0.485, 0.456, 0.406), standardDeviation: SIMD3(0.229, 0.224, 0.225))

  /// Leaves values as they are.
  public static let none = Normalization(mean: SIMD3(), standardDeviation: SIMD3(repeating: 1.0 / 255))

  /// The same as `value * scale + offset`.
  package var scale: SIMD3<Float> { SIMD3<Float>(1 / (255 * standardDeviation)) }
  package var offset: SIMD3<Float> { SIMD3<Float>(-mean / standardDeviation) }

  /// Normalises u8 pixels, `[count, 3]`.
  func apply(to pixels: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<Float>) {
    for channel in 0..<3 {
      let (scale, offset) = (scale[channel], offset[channel])
      for index in stride(from: channel, to: pixels.count, by: 3) {
        output[index] = Float(pixels[index]) * scale + offset
      }
    }
  }
}
