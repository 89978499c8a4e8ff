import Data
import Testing

/// Every operation gives the bytes that torchvision gives on Pillow images.
@Suite struct PixelOperationTests {
  @Test func agreesWithTorchvision() throws {
    let operations: AugmentationFixtures.Operations = try AugmentationFixtures.decode("operations.json")
    let size = PixelSize(width: operations.width, height: operations.height)
    let pixels = try AugmentationFixtures.bytes("operations.rgb")
    let count = size.pixels * 3
    #expect(pixels.count == (operations.cases.count + 1) * count && operations.cases.count == 68)
    let image = Array(pixels[..<count])
    for (number, example) in operations.cases.enumerated() {
      let expected = Array(pixels[(number + 1) * count..<(number + 2) * count])
      let operation = try #require(self.operation(example, size))
      let fill = example.fill.map { SIMD3($0[0], $0[1], $0[2]) } ?? SIMD3()
      let sampling = AffineSampling(example.bilinear == true ? .bilinear : .nearest, fill: fill)
      let found = operation.map { PixelEditor.edited(image, size, $0, sampling: sampling) } ?? image
      let wrong = zip(found, expected).filter { $0 != $1 }
      #expect(wrong.isEmpty, "\(example): \(wrong.count) bytes, as \(wrong[0].0) for \(wrong[0].1)")
    }
  }

  /// The outer nil: no such operation; the inner: one that does nothing.
  private func operation(_ example: AugmentationFixtures.Case, _ size: PixelSize) -> PixelOperation?? {
    switch example.name {
    case "hue": .some(.hue(example.magnitude))
    case "grayscale": .some(.grayscale)
    case "solarize": .some(.solarize(example.magnitude))
    case "blur": .some(.blur(Float(example.magnitude)))
    default: PolicyOperation(rawValue: example.name).map { $0.pixelOperation(example.magnitude, size) }
    }
  }

  @Test func turnsEveryHueAsTorchvisionDoes() throws {
    let turns: [Double] = try AugmentationFixtures.decode("hues.json")
    let pixels = try AugmentationFixtures.bytes("hues.rgb")
    let (size, count) = (PixelSize(width: 27, height: 27), 27 * 27 * 3)
    for (number, turn) in turns.enumerated() {
      let found = PixelEditor.edited(Array(pixels[..<count]), size, .hue(turn))
      let expected = pixels[(number + 1) * count..<(number + 2) * count]
      #expect(found == Array(expected), "\(zip(found, expected).count { $0 != $1 }) bytes")
    }
  }

  /// Operations follow each other, and what moved the image is not undone by the next one's memory.
  @Test func operationsFollowEachOther() throws {
    let size = PixelSize(width: 28, height: 22)
    let image = Array(try AugmentationFixtures.bytes("operations.rgb")[..<(size.pixels * 3)])
    let operations: [PixelOperation] = [
      .affine(.rotation(degrees: 30, of: size)), .sharpness(1.7), .affine(.shearX(0.2)),
      .affine(.translation(x: 3, y: -2)), .blur(1.2), .equalize, .hue(0.2),
    ]
    var expected = image
    for operation in operations { expected = PixelEditor.edited(expected, size, operation) }
    var editor = PixelEditor()
    var (plan, found) = (AugmentationPlan(), image)
    plan.operations = operations
    editor.edit(&found, size, plan: plan)
    #expect(found == expected && found != image)
  }

  /// Images too small for a window or a histogram.
  @Test func smallImages() {
    for (width, height) in [(1, 1), (2, 1), (1, 3), (2, 2), (3, 3)] {
      let size = PixelSize(width: width, height: height)
      let image = (0..<size.pixels * 3).map { UInt8($0 * 9 + 5) }
      for operation in [
        PixelOperation.sharpness(1.9), .blur(2), .autoContrast, .equalize, .affine(.rotation(degrees: 10, of: size)),
      ] {
        #expect(PixelEditor.edited(image, size, operation).count == image.count)
      }
      #expect(PixelEditor.edited(image, size, .equalize) == image)
    }
  }
}
