import Tensors

/// Turns one stored sample at a time into network input: read, decode, augment. Each thread has its own; its buffers
/// grow to the largest image seen and are reused.
public struct ImagePreparer: ~Copyable {
  private let dataSet: any DataSet
  private let transform: any ImageTransform
  private let seed: UInt64
  /// Made at the first JPEG, so that stored pixels need none.
  private var decoder: JPEGDecoder? = nil
  private var stored = ByteBuffer()
  private var decoded = ByteBuffer()
  private var resampler = ImageResampler()

  public init(_ dataSet: any DataSet, transform: any ImageTransform, seed: UInt64) {
    self.dataSet = dataSet
    self.transform = transform
    self.seed = seed
  }

  /// Writes the sample, as `epoch` sees it, to `output`: f32 `[imageSize, imageSize, 3]`.
  public mutating func prepare(
    _ sample: Int, epoch: Int, into output: UnsafeMutablePointer<Float>
  ) throws(DataError) {
    switch try dataSet.read(sample, into: &stored) {
    case .jpeg:
      let size = try decode(sample)
      resample(decoded.bytes, size, sample, epoch, into: output)
    case .rgb(let size):
      resample(stored.bytes, size, sample, epoch, into: output)
    }
  }

  private mutating func decode(_ sample: Int) throws(DataError) -> PixelSize {
    var decoder = if let decoder = decoder.take() { consume decoder } else { try JPEGDecoder() }
    let size = try decoder.decode(stored.bytes, name: dataSet.name(of: sample), into: &decoded)
    self.decoder = consume decoder
    return size
  }

  private mutating func resample(
    _ pixels: UnsafeRawBufferPointer, _ size: PixelSize, _ sample: Int, _ epoch: Int,
    into output: UnsafeMutablePointer<Float>
  ) {
    var random = KeyedRandom(seed: seed, purpose: .augmentation, epoch: epoch, index: sample)
    let plan = transform.plan(size, random: &random)
    resampler.resample(
      pixels, size: size, plan: plan, normalization: transform.normalization, into: output)
  }
}
