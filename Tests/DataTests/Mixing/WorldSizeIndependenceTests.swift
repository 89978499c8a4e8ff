import Data
import Tensors
import Testing

/// What an epoch shows the network does not depend on the number of ranks, nor on where a run was stopped and at which other
/// world size it went on.
@Suite struct WorldSizeIndependenceTests {
  /// Everything that decides how one sample of a step looks.
  private struct Visit: Hashable {
    var sample: Int
    var crop: CropPlan
    var plan: AugmentationPlan
    var partner: Int?
    var mixture: Mixture?
  }

  private struct Case {
    let samples: Int
    let globalBatch: Int
    let repeats: Int
    let mixing: Mixing?
    let epoch: Int
    let seed: UInt64
    /// Of each stretch of the epoch.
    let worldSizes: [Int]
    let order: TrainingOrder

    init(_ random: inout KeyedRandom) {
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      samples = number(1...40)
      globalBatch = number(1...15)
      repeats = number(1...4)
      mixing =
        number(0...3) == 0
        ? nil : Mixing(mixupAlpha: 0.8, cutmixAlpha: 1, probability: 0.9, seed: UInt64(number(0...9)))
      epoch = number(0...9)
      seed = UInt64(number(0...99))
      worldSizes = (0..<number(1...4)).map { _ in number(1...9) }
      let split = number(0...samples)
      order = TrainingOrder(
        count: samples, shardSizes: number(0...1) == 0 ? nil : [split, samples - split], window: number(1...20),
        seed: seed)
    }
  }

  private let transform = TrainingTransform(
    imageSize: 24,
    augmentation: Augmentation(
      policy: .randAugment(RandAugment()),
      colorJitter: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1),
      randomErasing: RandomErasing(probability: 0.5, value: .noise), cutout: 8))

  /// The visits of one rank in one step; and that what it needs of others is all that it prepares of theirs.
  private func visits(_ example: Case, step: Int, rank: Int, worldSize: Int) -> [Visit] {
    let plan = ShardPlan(samples: example.samples, globalBatch: example.globalBatch, worldSize: worldSize)
    let request = BatchRequest.training(
      step: example.epoch * plan.stepsPerEpoch + step, rank: rank, plan: plan, order: example.order,
      mixing: example.mixing, repeats: example.repeats)
    let partners = Set((0..<request.count).compactMap { request.partner(of: $0) })
    #expect(Set(request.count..<request.preparedCount).isSubset(of: partners))
    #expect(request.preparedCount <= request.count + 2)
    return (0..<request.count).map { index in
      let sample = request.sample(index)
      var random = KeyedRandom(
        seed: example.seed, purpose: .augmentation, epoch: request.augmentationEpoch(index), index: sample)
      let crop = transform.plan(PixelSize(width: 60, height: 40), random: &random)
      return Visit(
        sample: sample, crop: crop, plan: transform.augmentation.plan(crop.outputSize, random: &random),
        partner: request.partner(of: index).map { request.sample($0) },
        mixture: request.mixing?.mixture(at: request.position(index), imageSize: transform.imageSize))
    }
  }

  @Test(arguments: 0..<8) func anyWorldSizesShowTheSameEpoch(series: Int) {
    for number in 0..<300 {
      var random = KeyedRandom(seed: 77, purpose: .testing, epoch: series, index: number)
      let example = Case(&random)
      let steps = ShardPlan(samples: example.samples, globalBatch: example.globalBatch, worldSize: 1).stepsPerEpoch
      let alone = (0..<steps).map { visits(example, step: $0, rank: 0, worldSize: 1) }
      let together = (0..<steps).map { step in
        let worldSize = example.worldSizes[step * example.worldSizes.count / steps]
        return (0..<worldSize).flatMap { visits(example, step: step, rank: $0, worldSize: worldSize) }
      }
      #expect(together == alone, "series \(series), case \(number): \(example)")
    }
  }

  /// In as many epochs as repeats every sample comes as often, and never twice with the same plan.
  @Test func everySampleComesAsOftenAsItIsRepeated() {
    for number in 0..<100 {
      var random = KeyedRandom(seed: 78, purpose: .testing, index: number)
      let example = Case(&random)
      let plan = ShardPlan(samples: example.samples, globalBatch: example.globalBatch, worldSize: 3)
      var crops: [Int: [CropPlan]] = [:]
      for step in 0..<plan.stepsPerEpoch * example.repeats {
        for rank in 0..<3 {
          let request = BatchRequest.training(
            step: step, rank: rank, plan: plan, order: example.order, mixing: example.mixing, repeats: example.repeats)
          for index in 0..<request.count {
            let sample = request.sample(index)
            var random = KeyedRandom(
              seed: example.seed, purpose: .augmentation, epoch: request.augmentationEpoch(index), index: sample)
            crops[sample, default: []].append(transform.plan(PixelSize(width: 600, height: 400), random: &random))
          }
        }
      }
      #expect(crops.keys.sorted() == Array(0..<example.samples))
      #expect(crops.values.allSatisfy { $0.count == example.repeats && Set($0).count == example.repeats })
    }
  }
}
