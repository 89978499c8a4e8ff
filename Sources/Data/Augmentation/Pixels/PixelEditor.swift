import CVectorKernels
import Tensors

/// Carries out the pixel operations of augmentation plans. One owner, one thread at a time; buffers are reused.
public struct PixelEditor: ~Copyable {
  private var pixels = ByteBuffer()
  private var scratch = ByteBuffer()

  public init() {}

  /// Rounds an image to u8, edits it, normalises it and erases boxes.
  ///
  /// - Parameter image: f32 `[height, width, 3]`; values of pixels, about 0 to 255, replaced by the normalised ones.
  public mutating func edit(
    _ image: UnsafeMutablePointer<Float>, _ size: PixelSize, plan: AugmentationPlan, normalization: Normalization
  ) {
    let count = size.pixels * 3
    cvk_round_to_bytes(pixels.start(of: count), image, count)
    apply(plan.operations, sampling: plan.sampling, size)
    normalization.apply(to: pixels.bytes, into: image)
  }

  /// Edits u8 `[height, width, 3]` in place.
  package mutating func edit(_ bytes: inout [UInt8], _ size: PixelSize, plan: AugmentationPlan) {
    precondition(bytes.count == size.pixels * 3, "\(bytes.count) bytes for an image of \(size) pixels")
    pixels.start(of: bytes.count).update(from: bytes, count: bytes.count)
    apply(plan.operations, sampling: plan.sampling, size)
    bytes = [UInt8](pixels.bytes)
  }

  private mutating func apply(_ operations: [PixelOperation], sampling: AffineSampling, _ size: PixelSize) {
    for operation in operations {
      let image = PixelImage(bytes: pixels.start, size: size)
      let other = PixelImage(bytes: scratch.start(of: image.count), size: size)
      switch operation {
      case .sharpness(let factor): image.sharpen(factor: factor, scratch: other)
      case .blur(let deviation): image.blur(deviation: deviation, scratch: other.bytes)
      case .affine(let map):
        image.move(map, sampling, into: other)
        swap(&pixels, &scratch)
      default: image.apply(operation)
      }
    }
  }
}

extension PixelImage {
  /// The operations that look at no neighbours.
  fileprivate func apply(_ operation: PixelOperation) {
    switch operation {
    case .brightness(let factor): PointTable.blend(with: 0, factor: factor).apply(to: self)
    case .contrast(let factor): PointTable.blend(with: meanGray, factor: factor).apply(to: self)
    case .saturation(let factor): cvk_blend_gray(bytes, factor, size.pixels)
    case .grayscale: cvk_blend_gray(bytes, 0, size.pixels)
    case .hue(let turn): cvk_shift_hue(bytes, UInt8(truncatingIfNeeded: Int(turn * 255)), size.pixels)
    case .posterize(let bits): PointTable.posterize(bits: bits).apply(to: self)
    case .solarize(let threshold): PointTable.solarize(threshold: threshold).apply(to: self)
    case .autoContrast: PointTable.autoContrast(histograms).apply(to: self)
    case .equalize: PointTable.equalize(histograms).apply(to: self)
    case .invert: PointTable.invert.apply(to: self)
    case .sharpness, .blur, .affine: preconditionFailure("\(operation) needs memory for a second image")
    }
  }
}

extension ByteBuffer {
  /// Where the contents begin.
  fileprivate var start: UnsafeMutablePointer<UInt8> {
    UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped)
  }

  /// Where the contents begin, made `count` bytes long.
  fileprivate mutating func start(of count: Int) -> UnsafeMutablePointer<UInt8> {
    resize(to: count).bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped
  }
}
