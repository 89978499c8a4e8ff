import Data
import Foundation
import Tensors
import Testing

/// A photograph on its whole way, against torchvision's transforms on PIL images.
@Suite struct PhotoTests {
  /// One entry of `photo.json`.
  private struct Case: Decodable {
    var pixels: String
    var size: Int
    var side: Int?
    var crop: [Int]?
    var flip: Bool?

    func plan(_ image: PixelSize) -> CropPlan {
      guard let crop else {
        var random = KeyedRandom(seed: 0, purpose: .testing)
        return EvaluationTransform(imageSize: size, resizedSide: side).plan(image, random: &random)
      }
      return CropPlan(
        horizontal: ResampledAxis(sourceStart: crop[0], sourceLength: crop[2], outputLength: size),
        vertical: ResampledAxis(sourceStart: crop[1], sourceLength: crop[3], outputLength: size), flip: flip ?? false)
    }
  }

  /// Decodes what the plan needs, and resamples it without normalising.
  private func prepare(_ file: [UInt8], denominator: Int, _ plan: (PixelSize) -> CropPlan) throws -> [Float] {
    var decoder = try ImageDecoder(DecodingOptions(scaled: true))
    var resampler = ImageResampler()
    var pixels = ByteBuffer()
    let identity = Normalization(mean: SIMD3(), standardDeviation: SIMD3(repeating: 1.0 / 255))
    return try file.withUnsafeBytes { bytes in
      let plan = plan(try decoder.readHeader(bytes, name: "photo.jpg"))
      let region = plan.sourceRegion(denominator: denominator)
      try decoder.decode(region, denominator: denominator, name: "photo.jpg", into: &pixels)
      let count = plan.horizontal.outputLength * plan.vertical.outputLength * 3
      return [Float](unsafeUninitializedCapacity: count) { output, filled in
        if let start = output.baseAddress {
          resampler.resample(
            pixels.bytes, region: region, denominator: denominator, plan: plan, normalization: identity, into: start)
        }
        filled = count
      }
    }
  }

  private func differences(_ found: [Float], _ expected: [Float]) -> (mean: Float, largest: Float) {
    let all = zip(found, expected).map { abs($0 - $1) }
    return (all.reduce(0, +) / Float(max(all.count, 1)), all.reduce(0, max))
  }

  /// Within one of 255 levels on average and three at most is what was asked for. What is left is torchvision's rounding
  /// to 8 bits, twice.
  @Test func agreesWithTorchvision() throws {
    let cases = try JSONDecoder().decode([Case].self, from: Foundation.Data(Fixtures.bytes("photo.json")))
    let file = try Fixtures.bytes("photo.jpg")
    #expect(cases.count == 9)
    for photo in cases {
      let expected = try Fixtures.bytes(photo.pixels).map { Float($0) }
      let found = try prepare(file, denominator: 1, photo.plan)
      #expect(found.count == expected.count)
      let (mean, largest) = differences(found, expected)
      #expect(mean < 0.35 && largest <= 1.001, "\(photo.pixels): mean \(mean), largest \(largest)")
    }
  }

  /// Shrunk while it is decoded, the crop is the same part of the picture; its pixels are a little others.
  @Test func scaledDecodingShowsTheSame() throws {
    let file = try Fixtures.bytes("photo.jpg")
    for (x, y, denominator) in [(0, 0, 2), (37, 53, 2), (37, 53, 4), (11, 90, 8)] {
      func plan(_ size: PixelSize) -> CropPlan {
        CropPlan(
          horizontal: ResampledAxis(sourceStart: x, sourceLength: 170, outputLength: 20),
          vertical: ResampledAxis(sourceStart: y, sourceLength: 163, outputLength: 19), flip: true)
      }
      #expect(plan(PixelSize(width: 226, height: 265)).largestDenominator == 8)
      let (mean, largest) = differences(
        try prepare(file, denominator: denominator, plan), try prepare(file, denominator: 1, plan))
      #expect(mean < 5 && mean > 0 && largest < 40, "1/\(denominator): mean \(mean), largest \(largest)")
    }
  }
}
