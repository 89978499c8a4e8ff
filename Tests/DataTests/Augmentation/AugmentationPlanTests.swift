import Data
import Tensors
import Testing

@Suite struct AugmentationPlanTests {
  private func random(_ index: Int) -> KeyedRandom { KeyedRandom(seed: 31, purpose: .augmentation, index: index) }

  private func plans(_ augmentation: Augmentation, _ size: PixelSize, _ count: Int) -> [AugmentationPlan] {
    (0..<count).map { index in
      var random = random(index)
      return augmentation.plan(size, random: &random)
    }
  }

  /// What is off draws nothing, so that what is on draws what it drew alone.
  @Test func offIsNothing() {
    let size = PixelSize(width: 40, height: 30)
    var (random, untouched) = (random(1), random(1))
    #expect(Augmentation.none.plan(size, random: &random) == AugmentationPlan())
    #expect(random.next() == untouched.next())
    let erasing = RandomErasing(probability: 1)
    let both = Augmentation(policy: .threeAugment, randomErasing: erasing, cutout: 6)
    for plan in plans(both, size, 50) { #expect(plan.operations.count == 1 && plan.erased.count == 2) }
    #expect(plans(both, size, 50) == plans(both, size, 50) && Set(plans(both, size, 50)).count == 50)
  }

  /// Factors are uniform around 1, never below 0, and all 24 orders occur.
  @Test func colorJitterIsTorchvisions() {
    let jitter = Augmentation(
      colorJitter: ColorJitter(brightness: 0.4, contrast: 1.5, saturation: 0.2, hue: 0.1))
    var orders: [[Int]: Int] = [:]
    var brightness: [Float] = []
    var contrast: [Float] = []
    for plan in plans(jitter, PixelSize(width: 9, height: 9), 6000) {
      orders[
        plan.operations.map { operation in
          switch operation {
          case .brightness(let factor):
            brightness.append(factor)
            return 0
          case .contrast(let factor):
            contrast.append(factor)
            return 1
          case .saturation(let factor):
            #expect((0.8...1.2).contains(factor))
            return 2
          case .hue(let turn):
            #expect((-0.1...0.1).contains(turn))
            return 3
          default: return 9
          }
        }, default: 0] += 1
    }
    #expect(orders.count == 24 && orders.keys.allSatisfy { $0.sorted() == [0, 1, 2, 3] })
    // Mean 250, standard deviation 15.5.
    #expect(orders.values.allSatisfy { abs($0 - 250) < 5 * 16 })
    #expect(brightness.allSatisfy { (0.6...1.4).contains($0) } && brightness.min()! < 0.61 && brightness.max()! > 1.39)
    #expect(contrast.allSatisfy { (0...2.5).contains($0) } && contrast.min()! < 0.01 && contrast.max()! > 2.49)
    let meanBrightness = brightness.reduce(0, +) / 6000
    #expect(abs(meanBrightness - 1) < 5 * 0.003)
  }

  @Test func erasesWhatItShould() {
    let size = PixelSize(width: 224, height: 160)
    let erasing = RandomErasing(probability: 0.25, value: .noise)
    let boxes = plans(Augmentation(randomErasing: erasing), size, 8000).flatMap(\.erased)
    #expect(abs(boxes.count - 2000) < 5 * 39)
    var seeds: Set<UInt64> = []
    for box in boxes {
      #expect((0...size.width).contains(box.columns.upperBound) && box.columns.lowerBound >= 0)
      #expect((0...size.height).contains(box.rows.upperBound) && box.rows.lowerBound >= 0)
      let share = Double(box.columns.count * box.rows.count) / Double(size.pixels)
      let ratio = Double(box.rows.count) / Double(box.columns.count)
      #expect(share > 0.02 * 0.97 && share < 0.33 * 1.03 && ratio > 0.3 * 0.95 && ratio < 3.3 * 1.05)
      if case .noise(let seed) = box.filling { seeds.insert(seed) }
    }
    #expect(seeds.count == boxes.count)
    let tiny = plans(Augmentation(randomErasing: erasing), PixelSize(width: 1, height: 1), 50)
    #expect(tiny.flatMap(\.erased).allSatisfy { $0.columns.isEmpty && $0.rows.isEmpty })
  }

  @Test func cutoutIsASquareAboutAnyPixel() {
    let size = PixelSize(width: 12, height: 10)
    let boxes = plans(Augmentation(cutout: 4), size, 6000).flatMap(\.erased)
    #expect(boxes.count == 6000)
    let centres = Set(boxes.map { [$0.columns.upperBound, $0.rows.upperBound] })
    #expect(centres.count == 11 * 9, "columns end at 2 to 12, rows at 2 to 10")
    #expect(boxes.allSatisfy { (2...4).contains($0.columns.count) && (2...4).contains($0.rows.count) })
    let whole = boxes.count { $0.columns.count == 4 && $0.rows.count == 4 }
    // Centres 2...10 of 12 and 2...8 of 10.
    #expect(abs(Double(whole) / 6000 - 63.0 / 120) < 5 * 0.0065)
  }
}
