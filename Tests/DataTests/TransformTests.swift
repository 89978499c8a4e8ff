import Data
import Tensors
import Testing

@Suite struct TransformTests {
  private func random(_ index: Int) -> KeyedRandom { KeyedRandom(seed: 21, purpose: .augmentation, index: index) }

  /// Crops lie inside the image, and their areas and ratios are those asked for, as far as whole pixels allow.
  @Test func trainingCropsKeepTheirBounds() {
    let transform = TrainingTransform(imageSize: 224)
    let image = PixelSize(width: 500, height: 375)
    var flips = 0
    var meanArea = 0.0
    let draws = 4000
    for index in 0..<draws {
      var random = random(index)
      let plan = transform.plan(image, random: &random)
      let (x, y) = (plan.horizontal, plan.vertical)
      #expect(x.sourceStart >= 0 && x.sourceStart + x.sourceLength <= image.width)
      #expect(y.sourceStart >= 0 && y.sourceStart + y.sourceLength <= image.height)
      let area = Double(x.sourceLength * y.sourceLength) / Double(image.pixels)
      let ratio = Double(x.sourceLength) / Double(y.sourceLength)
      #expect(area > 0.08 * 0.98 && area <= 1)
      #expect(ratio > 0.75 * 0.98 && ratio < 4.0 / 3 * 1.02)
      #expect(x.resizedLength == 224 && x.outputLength == 224 && x.outputStart == 0)
      flips += plan.flip ? 1 : 0
      meanArea += area / Double(draws)
    }
    #expect(abs(flips - draws / 2) < 5 * 32)
    // Large areas fit less often, so the mean lies below that of the uniform draw, 0.54: 200,000 draws of torchvision's
    // definition in Python have a mean of 0.4328 and a standard deviation below 0.25.
    #expect(abs(meanArea - 0.4328) < 5 * 0.25 / Double(draws).squareRoot())
  }

  /// Positions are uniform: of crops of a known size, the first and the last place occur alike.
  @Test func trainingCropsReachEveryPlace() {
    let transform = TrainingTransform(imageSize: 8, area: 0.25...0.25, ratio: 1...1)
    var starts = [Int](repeating: 0, count: 6)
    for index in 0..<6000 {
      var random = random(index)
      let plan = transform.plan(PixelSize(width: 10, height: 10), random: &random)
      #expect(plan.horizontal.sourceLength == 5 && plan.vertical.sourceLength == 5)
      starts[plan.horizontal.sourceStart] += 1
    }
    #expect(starts.allSatisfy { abs($0 - 1000) < 150 })
  }

  @Test func planIsAFunctionOfItsArguments() {
    let transform = TrainingTransform(imageSize: 32)
    let image = PixelSize(width: 70, height: 50)
    var (first, again, other) = (random(3), random(3), random(4))
    let plan = transform.plan(image, random: &first)
    #expect(plan == transform.plan(image, random: &again))
    #expect(plan != transform.plan(image, random: &other))
  }

  /// When ten tries fail, torchvision's fallback: the largest central part whose ratio is in bounds.
  @Test(arguments: [
    (PixelSize(width: 1000, height: 3), (498, 0, 4, 3)),
    (PixelSize(width: 3, height: 1000), (0, 498, 3, 4)),
    (PixelSize(width: 1000, height: 1), (499, 0, 1, 1)),
    (PixelSize(width: 1, height: 1000), (0, 499, 1, 1)),
  ])
  func longImagesFallBackToTheCentre(image: PixelSize, expected: (Int, Int, Int, Int)) {
    let transform = TrainingTransform(imageSize: 8, area: 0.9...1)
    var random = random(0)
    let plan = transform.plan(image, random: &random)
    let found = (
      plan.horizontal.sourceStart, plan.vertical.sourceStart, plan.horizontal.sourceLength, plan.vertical.sourceLength
    )
    #expect(found == expected)
  }

  @Test func anyImageHasAPlan() {
    for transform: any ImageTransform in [TrainingTransform(imageSize: 5), EvaluationTransform(imageSize: 5)] {
      for width in 1...12 {
        for height in 1...12 {
          var random = random(width * 100 + height)
          let plan = transform.plan(PixelSize(width: width, height: height), random: &random)
          #expect(plan.horizontal.sourceStart + plan.horizontal.sourceLength <= width)
          #expect(plan.vertical.sourceStart + plan.vertical.sourceLength <= height)
        }
      }
    }
  }

  @Test func evaluationResizesTheShorterSide() {
    let transform = EvaluationTransform(imageSize: 224)
    #expect(transform.resizedSide == 256)
    var random = random(0)
    let plan = transform.plan(PixelSize(width: 500, height: 375), random: &random)
    #expect(
      plan.horizontal
        == ResampledAxis(
          sourceStart: 0, sourceLength: 500, resizedLength: 341, outputStart: 58, outputLength: 224))
    #expect(
      plan.vertical
        == ResampledAxis(
          sourceStart: 0, sourceLength: 375, resizedLength: 256, outputStart: 16, outputLength: 224))
    #expect(!plan.flip)
  }

  /// An image is shrunk while it is decoded only as far as both directions of the crop allow.
  @Test func largestDenominatorLeavesTheOutput() {
    func denominator(_ width: Int, _ height: Int, resized: Int = 100) -> Int {
      CropPlan(
        horizontal: ResampledAxis(sourceStart: 3, sourceLength: width, outputLength: resized),
        vertical: ResampledAxis(sourceStart: 4, sourceLength: height, outputLength: resized), flip: false
      ).largestDenominator
    }
    #expect(denominator(199, 900) == 1 && denominator(200, 200) == 2 && denominator(399, 400) == 2)
    #expect(denominator(400, 799) == 4 && denominator(800, 10_000) == 8 && denominator(50, 50) == 1)
  }

  /// The region that is decoded holds every pixel with a weight, and no row or column more.
  @Test func sourceRegionIsWhatCounts() {
    for index in 0..<200 {
      var random = random(index)
      let image = PixelSize(width: 40 + index, height: 90)
      let plan = TrainingTransform(imageSize: 5 + index % 40, area: 0.01...1, ratio: 0.3...3).plan(
        image, random: &random)
      // Every output pixel is wanted, so that the region is the crop.
      let crop = PixelRegion(
        columns: plan.horizontal.sourceStart..<plan.horizontal.sourceStart + plan.horizontal.sourceLength,
        rows: plan.vertical.sourceStart..<plan.vertical.sourceStart + plan.vertical.sourceLength)
      #expect(plan.sourceRegion() == crop)
      for denominator in [2, 4, 8] {
        let part = plan.sourceRegion(denominator: denominator)
        #expect(part.columns.lowerBound == crop.columns.lowerBound / denominator)
        #expect(part.rows.upperBound == (crop.rows.upperBound + denominator - 1) / denominator)
      }
    }
    // Of a centre crop the sides are not.
    var random = random(0)
    let plan = EvaluationTransform(imageSize: 10, resizedSide: 20).plan(
      PixelSize(width: 80, height: 40), random: &random)
    #expect(plan.sourceRegion() == PixelRegion(columns: 29..<51, rows: 9..<31))
  }
}
