import Data
import Foundation
import Tensors
import Testing

/// One entry of `resized.json`: a crop, resize and flip, and the file with Pillow's pixels.
private struct PillowCase: Decodable {
  var box: [Int]
  var resized: [Int]
  var output: [Int]
  var flip: Bool
  var pixels: String

  var plan: CropPlan {
    func axis(_ index: Int) -> ResampledAxis {
      ResampledAxis(
        sourceStart: box[index], sourceLength: box[index + 2], resizedLength: resized[index],
        outputStart: output[index], outputLength: output[2])
    }
    return CropPlan(horizontal: axis(0), vertical: axis(1), flip: flip)
  }
}

@Suite struct ImageResamplerTests {
  /// Leaves pixel values as they are.
  private let identity = Normalization(mean: SIMD3(), standardDeviation: SIMD3(repeating: 1.0 / 255))

  private func resample(
    _ pixels: [UInt8], _ size: PixelSize, _ plan: CropPlan, _ normalization: Normalization,
    with resampler: inout ImageResampler
  ) -> [Float] {
    let count = plan.horizontal.outputLength * plan.vertical.outputLength * 3
    return [Float](unsafeUninitializedCapacity: count) { output, filled in
      if let start = output.baseAddress {
        fourBytes(pixels).withUnsafeBytes {
          resampler.resample(
            UnsafeRawBufferPointer(rebasing: $0.dropLast(12)), region: PixelRegion(size), plan: plan,
            normalization: normalization, into: start)
        }
      }
      filled = count
    }
  }

  /// Pillow rounds to 8 bits twice, which moves a value by 1 at most; nothing else may differ.
  @Test func agreesWithPillow() throws {
    let cases = try JSONDecoder().decode([PillowCase].self, from: Foundation.Data(Fixtures.bytes("resized.json")))
    let pixels = try decode(Fixtures.bytes("rgb.jpg")).pixels
    var resampler = ImageResampler()
    #expect(cases.count == 8)
    for (number, pillow) in cases.enumerated() {
      let expected = try Fixtures.bytes(pillow.pixels)
      let found = resample(pixels, Fixtures.size, pillow.plan, identity, with: &resampler)
      #expect(found.count == expected.count)
      let differences = zip(found, expected).map { abs($0 - Float($1)) }
      #expect(differences.reduce(0, max) <= 1.001, "case \(number)")
      #expect(differences.reduce(0, +) / Float(differences.count) < 0.35, "case \(number)")
    }
  }

  /// The plans of the evaluation transform are those that the script made for Pillow.
  @Test(arguments: [(16, 18, 5), (28, 32, 6), (45, 51, 7)])
  func evaluationPlanIsTorchvisions(imageSize: Int, resizedSide: Int, number: Int) throws {
    let cases = try JSONDecoder().decode([PillowCase].self, from: Foundation.Data(Fixtures.bytes("resized.json")))
    var random = KeyedRandom(seed: 0, purpose: .testing)
    let transform = EvaluationTransform(imageSize: imageSize, resizedSide: resizedSide)
    #expect(EvaluationTransform(imageSize: imageSize).resizedSide == resizedSide)
    #expect(transform.plan(Fixtures.size, random: &random) == cases[number].plan)
  }

  /// The vector loops give the bits of the plain twin, for shrinking, growing and mirrored crops of odd sizes.
  @Test func hasTheBitsOfThePlainTwin() throws {
    let pixels = try decode(Fixtures.bytes("rgb.jpg")).pixels
    let normalization = Normalization.imageNet
    let scale = SIMD3<Float>(1 / (255 * normalization.standardDeviation))
    let offset = SIMD3<Float>(-normalization.mean / normalization.standardDeviation)
    var resampler = ImageResampler()
    for index in 0..<60 {
      var random = KeyedRandom(seed: 4, purpose: .testing, index: index)
      let transform = TrainingTransform(imageSize: 1 + index, area: 0.005...1, ratio: 0.2...5)
      let plan = transform.plan(Fixtures.size, random: &random)
      let found = resample(pixels, Fixtures.size, plan, normalization, with: &resampler)
      let expected = resamplePlainly(pixels, size: Fixtures.size, plan: plan, scale: scale, offset: offset)
      #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "image size \(1 + index), \(plan)")
    }
  }

  /// A part beside the crop has no influence, whatever it holds.
  @Test func seesOnlyTheCrop() {
    let size = PixelSize(width: 9, height: 8)
    let plan = CropPlan(
      horizontal: ResampledAxis(sourceStart: 2, sourceLength: 4, outputLength: 7),
      vertical: ResampledAxis(sourceStart: 3, sourceLength: 3, outputLength: 2), flip: false)
    var pixels = [UInt8](repeating: 255, count: size.pixels * 3)
    for y in 3..<6 {
      for x in 2..<6 {
        for channel in 0..<3 { pixels[(y * 9 + x) * 3 + channel] = UInt8(10 * (channel + 1)) }
      }
    }
    var resampler = ImageResampler()
    let found = resample(pixels, size, plan, identity, with: &resampler)
    for (index, value) in found.enumerated() { #expect(abs(value - Float(10 * (index % 3 + 1))) < 1e-4) }
  }
}
