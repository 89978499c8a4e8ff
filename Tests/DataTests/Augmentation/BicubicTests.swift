import Data
import Tensors
import Testing

@Suite struct BicubicTests {
  private struct Case: Decodable {
    var box: [Int]
    var side: Int
    var flip: Bool

    var plan: CropPlan {
      func axis(_ index: Int) -> ResampledAxis {
        ResampledAxis(sourceStart: box[index], sourceLength: box[index + 2], outputLength: side, filter: .bicubic)
      }
      return CropPlan(horizontal: axis(0), vertical: axis(1), flip: flip)
    }
  }

  /// Pillow rounds, and cuts off what overshoots, after each axis; ours in the end. So where black and white meet, a few
  /// pixels may differ by more than the rounding.
  @Test func agreesWithPillow() throws {
    let cases: [Case] = try AugmentationFixtures.decode("bicubic.json")
    let expected = try AugmentationFixtures.bytes("bicubic.rgb")
    let size = PixelSize(width: 28, height: 22)
    let full = Array(try AugmentationFixtures.bytes("operations.rgb")[..<(size.pixels * 3)])
    #expect(cases.count == 10)
    var resampler = ImageResampler()
    var augmenter = Augmenter()
    var offset = 0
    for (number, example) in cases.enumerated() {
      let plan = AugmentationPlan()
      #expect(plan.edits(after: example.plan))
      let image = number < 5 ? full.map { 60 + $0 / 2 } : full
      let count = example.side * example.side * 3
      var found = [Float](repeating: 0, count: count)
      var pixels = ByteBuffer()
      let target = pixels.resize(to: size.pixels * 4, padding: 12)
      for index in 0..<size.pixels * 3 { target[index / 3 * 4 + index % 3] = image[index] }
      resampler.resample(
        pixels.bytes, region: PixelRegion(size), plan: example.plan, normalization: .none, into: &found)
      augmenter.apply(plan, after: example.plan, normalization: .none, to: &found)
      #expect(found.allSatisfy { $0 == $0.rounded() && (0...255).contains($0) })
      let differences = zip(found, expected[offset...]).map { abs($0 - Float($1)) }
      let large = differences.filter { $0 > 1 }
      #expect(large.count <= (number < 5 ? 0 : 3), "case \(number): \(large)")
      #expect(differences.reduce(0, +) / Float(count) < 0.2, "case \(number)")
      offset += count
    }
    #expect(offset == expected.count)
  }

  /// Keys's cubic at the places where its value is known.
  @Test func isKeyssCubic() {
    let expected = [0: 1, 0.5: 0.5625, 1: 0, 1.5: -0.0625, 2: 0, 2.5: 0]
    for (distance, weight) in expected {
      for distance in [distance, -distance] { #expect(ResamplingFilter.bicubic.weight(distance) == weight) }
    }
  }

  @Test func transformsPassTheirFilterOn() {
    var random = KeyedRandom(seed: 1, purpose: .testing)
    let size = PixelSize(width: 30, height: 20)
    for filter in ResamplingFilter.allCases {
      let transforms: [any ImageTransform] = [
        TrainingTransform(imageSize: 8, filter: filter), EvaluationTransform(imageSize: 8, filter: filter),
      ]
      for transform in transforms {
        let plan = transform.plan(size, random: &random)
        #expect(plan.horizontal.filter == filter && plan.vertical.filter == filter)
      }
    }
  }
}
