import CVectorKernels
import Tensors

/// Turns one stored sample at a time into network input: read, plan, decode what the plan needs, augment. Each thread has
/// its own; its buffers grow to the largest part of an image seen and are reused.
public struct ImagePreparer: ~Copyable {
  private let dataSet: any DataSet
  private let transform: any ImageTransform
  private let decoding: DecodingOptions
  private let seed: UInt64
  /// Made at the first file, so that stored pixels need none.
  private var decoder: ImageDecoder? = nil
  private var stored: ByteBuffer
  private var pixels = ByteBuffer()
  private var resampler = ImageResampler()
  private var augmenter = Augmenter()

  public init(
    _ dataSet: any DataSet, transform: any ImageTransform, decoding: DecodingOptions = DecodingOptions(), seed: UInt64
  ) {
    self.dataSet = dataSet
    self.transform = transform
    self.decoding = decoding
    self.seed = seed
    stored = ByteBuffer(fileLimit: decoding.limits.fileBytes)
  }

  /// Writes the sample, as `epoch` sees it, to `output`: f32 `[views, imageSize, imageSize, 3]`.
  public mutating func prepare(
    _ sample: Int, epoch: Int, into output: UnsafeMutablePointer<Float>
  ) throws(DataError) {
    var random = KeyedRandom(seed: seed, purpose: .augmentation, epoch: epoch, index: sample)
    switch try dataSet.read(sample, into: &stored) {
    case .encoded:
      var decoder = if let decoder = decoder.take() { consume decoder } else { try ImageDecoder(decoding) }
      try prepare(sample, with: &decoder, &random, into: output)
      self.decoder = consume decoder
    case .rgb(let size):
      let plans = transform.plans(size, random: &random)
      let region = PixelRegion(size)
      precondition(stored.count == size.pixels * 3, "\(stored.count) bytes for an image of \(size) pixels")
      let target = pixels.resize(to: size.pixels * 4, padding: ImageDecoder.padding)
      cvk_widen_pixels(
        target.bindMemory(to: UInt8.self).baseAddress, stored.bytes.bindMemory(to: UInt8.self).baseAddress, size.pixels)
      resample(region, 1, plans, &random, into: output)
    }
  }

  private mutating func prepare(
    _ sample: Int, with decoder: inout ImageDecoder, _ random: inout KeyedRandom,
    into output: UnsafeMutablePointer<Float>
  ) throws(DataError) {
    let size = try decoder.readHeader(stored.bytes, name: dataSet.name(of: sample))
    let plans = transform.plans(size, random: &random)
    let denominator = decoder.canScale ? plans.map(\.largestDenominator).min() ?? 1 : 1
    let regions = plans.map { $0.sourceRegion(denominator: denominator) }
    let region = regions.dropFirst().reduce(regions[0]) { $0.union($1) }
    try decoder.decode(region, denominator: denominator, name: dataSet.name(of: sample), into: &pixels)
    resample(region, denominator, plans, &random, into: output)
  }

  /// From `pixels`, which hold `region` of the image, shrunk by `denominator`.
  private mutating func resample(
    _ region: PixelRegion, _ denominator: Int, _ plans: [CropPlan], _ random: inout KeyedRandom,
    into output: UnsafeMutablePointer<Float>
  ) {
    for (view, plan) in plans.enumerated() {
      let place = output + view * plan.outputSize.pixels * 3
      resample(region, denominator, plan, &random, into: place)
    }
  }

  private mutating func resample(
    _ region: PixelRegion, _ denominator: Int, _ plan: CropPlan, _ random: inout KeyedRandom,
    into output: UnsafeMutablePointer<Float>
  ) {
    let augmentation = transform.augmentation.plan(plan.outputSize, random: &random)
    resampler.resample(
      pixels.bytes, region: region, denominator: denominator, plan: plan,
      normalization: augmentation.edits(after: plan) ? .none : transform.normalization, into: output)
    augmenter.apply(augmentation, after: plan, normalization: transform.normalization, to: output)
  }
}
