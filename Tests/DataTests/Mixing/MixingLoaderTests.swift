import Data
import Tensors
import Testing

/// What a loader hands out is the same at any world size, with any number of threads, and from any step on.
@Suite struct MixingLoaderTests {
  /// A training sample as values.
  private struct Sample: Equatable {
    var number: Int
    var label: Int32
    var other: Int32?
    var share: Float?
    var pixels: [UInt32]
  }

  private let data = SyntheticDataSet(count: 31, classes: 5, size: PixelSize(width: 15, height: 11), seed: 2)
  private let mixing = Mixing(mixupAlpha: 0.8, cutmixAlpha: 1, probability: 0.8, seed: 6)
  private let imageSize = 9
  private var transform: TrainingTransform {
    TrainingTransform(
      imageSize: imageSize,
      augmentation: Augmentation(
        policy: .trivialAugmentWide, colorJitter: ColorJitter(brightness: 0.4, hue: 0.1),
        randomErasing: RandomErasing(probability: 0.5, value: .noise), cutout: 3))
  }

  private func samples(
    globalBatch: Int, worldSize: Int, workers: Int, mixing: Mixing?, repeats: Int = 1, steps: Range<Int>
  ) throws -> [[Sample]] {
    let plan = ShardPlan(samples: data.count, globalBatch: globalBatch, worldSize: worldSize)
    let order = TrainingOrder(count: data.count, seed: 6)
    var result = [[Sample]](repeating: [], count: steps.count)
    for rank in 0..<worldSize {
      var loader = Loader(
        data, transform: transform, seed: 6, capacity: (plan.localCounts(rank: rank).max() ?? 0) + 2, workers: workers
      ) { step in
        step < steps.count
          ? .training(
            step: steps.lowerBound + step, rank: rank, plan: plan, order: order, mixing: mixing, repeats: repeats) : nil
      }
      for step in 0..<steps.count {
        guard let batch = try loader.next() else { continue }
        let elements = imageSize * imageSize * 3
        for index in 0..<batch.count {
          result[step].append(
            Sample(
              number: batch.samples[index], label: batch.labels[index], other: batch.otherLabels?[index],
              share: batch.shares?[index],
              pixels: UnsafeBufferPointer(start: batch.images + index * elements, count: elements).map(\.bitPattern)))
        }
      }
    }
    return result
  }

  @Test(arguments: [7, 8, 12]) func sameAtAnyWorldSize(globalBatch: Int) throws {
    let steps = 0..<2 * ((31 + globalBatch - 1) / globalBatch)
    let alone = try samples(
      globalBatch: globalBatch, worldSize: 1, workers: 0, mixing: mixing, repeats: 3, steps: steps)
    #expect(alone.joined().count == 62)
    for worldSize in [2, 3, 5, 13] {
      for workers in [0, 1, 3] {
        let found = try samples(
          globalBatch: globalBatch, worldSize: worldSize, workers: workers, mixing: mixing, repeats: 3, steps: steps)
        #expect(found == alone, "\(worldSize) ranks, \(workers) workers")
      }
    }
    let late = try samples(
      globalBatch: globalBatch, worldSize: 3, workers: 2, mixing: mixing, repeats: 3, steps: 3..<steps.upperBound)
    #expect(late == Array(alone[3...]))
  }

  /// Against the same samples unmixed, mixed here.
  @Test func mixesNeighboursOfTheEpoch() throws {
    let plain = try samples(globalBatch: 8, worldSize: 1, workers: 0, mixing: nil, steps: 0..<4)
    let mixed = try samples(globalBatch: 8, worldSize: 3, workers: 2, mixing: mixing, steps: 0..<4)
    #expect(plain.joined().allSatisfy { $0.other == nil && $0.share == nil })
    #expect(mixed.map { $0.map(\.number) } == plain.map { $0.map(\.number) })
    for step in 0..<4 {
      for first in stride(from: 0, to: plain[step].count, by: 2) {
        guard first + 1 < plain[step].count else {
          #expect(mixed[step][first].pixels == plain[step][first].pixels && mixed[step][first].share == 1)
          #expect(mixed[step][first].other == mixed[step][first].label)
          continue
        }
        let pair = [plain[step][first], plain[step][first + 1]]
        let mixture = mixing.mixture(epoch: 0, first: 8 * step + first, imageSize: imageSize)
        var one = pair[0].pixels.map(Float.init(bitPattern:))
        var other = pair[1].pixels.map(Float.init(bitPattern:))
        mixture.mix(&one, &other, imageSize: imageSize)
        for (index, pixels) in [one, other].enumerated() {
          let found = mixed[step][first + index]
          #expect(found.pixels == pixels.map(\.bitPattern))
          #expect(found.label == pair[index].label && found.other == pair[1 - index].label)
          #expect(found.share == mixture.share(imageSize: imageSize))
        }
      }
    }
  }

  /// A file that cannot be read fails the batch of its partner too, wherever the two are.
  @Test(arguments: [0, 2]) func aBrokenPartnerIsReported(workers: Int) throws {
    let folder = try TemporaryFolder()
    for index in 0..<4 { try folder.file("a/\(index).jpg", Fixtures.bytes("rgb.jpg")) }
    try folder.file("a/2.jpg", Fixtures.bytes("truncated.jpg"))
    let tree = try FolderTree(root: folder.path)
    let step = StepMixing(mixing, epoch: 0, range: 0..<4)
    var loader = Loader(tree, transform: transform, seed: 0, capacity: 2, workers: workers) { batch in
      batch < 4 ? BatchRequest(epoch: 0, positions: batch..<batch + 1, order: .asStored, mixing: step) : nil
    }
    #expect(try loader.next()?.count == 1)
    #expect(try loader.next()?.count == 1)
    for _ in 2..<4 { #expect(throws: DataError.self) { _ = try loader.next() } }
    #expect(try loader.next()?.count == nil)
  }
}
