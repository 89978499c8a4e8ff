import Data
import Foundation
import Testing

@Suite struct SubstitutionTests {
  private let imageSize = 12
  private var transform: TrainingTransform { TrainingTransform(imageSize: imageSize) }

  /// Ten images, of which those numbered `bad` are cut short. Odd ones are of another class.
  private func makeTree(in folder: TemporaryFolder, bad: Set<Int>) throws -> FolderTree {
    for index in 0..<10 {
      let name = bad.contains(index) ? "truncated.jpg" : index.isMultiple(of: 3) ? "gray.jpg" : "rgb.jpg"
      try folder.file("\(index < 5 ? "a" : "b")/\(index).jpg", Fixtures.bytes(name))
    }
    return try FolderTree(root: folder.path)
  }

  private struct Seen: Hashable {
    var labels: [Int32] = []
    var samples: [Int] = []
    var images: [UInt32] = []
    var substitutions: [Substitution] = []
  }

  /// Two epochs of all ranks, put together in the order of positions.
  private func read(_ tree: FolderTree, worldSize: Int, workers: Int, rule: SubstitutionRule?) throws -> Seen {
    let plan = ShardPlan(samples: tree.count, globalBatch: 4, worldSize: worldSize)
    var seen = Seen()
    let order = TrainingOrder(count: tree.count, seed: 2)
    var loaders = [Int: Seen]()
    for rank in 0..<worldSize {
      var loader = Loader(
        tree, transform: transform, seed: 6, capacity: 4, workers: workers, substitution: rule
      ) { $0 < 2 * plan.stepsPerEpoch ? .training(step: $0, rank: rank, plan: plan, order: order) : nil }
      var step = 0
      while let batch = try loader.next() {
        var part = Seen()
        part.labels = Array(UnsafeBufferPointer(start: batch.labels, count: batch.count))
        part.samples = Array(UnsafeBufferPointer(start: batch.samples, count: batch.count))
        part.images = UnsafeBufferPointer(start: batch.images, count: batch.count * imageSize * imageSize * 3)
          .map(\.bitPattern)
        part.substitutions = batch.substitutions
        loaders[step * worldSize + rank] = part
        step += 1
      }
    }
    for key in loaders.keys.sorted() {
      let part = loaders[key]!
      seen.labels += part.labels
      seen.samples += part.samples
      seen.images += part.images
      seen.substitutions += part.substitutions
    }
    return seen
  }

  /// What stands in for what depends on neither threads nor the number of ranks, and brings its own label and pixels.
  @Test func substitutesAreTheSameAtAnyWorldSize() throws {
    let folder = try TemporaryFolder()
    let bad: Set = [1, 4, 8]
    let tree = try makeTree(in: folder, bad: bad)
    let rule = SubstitutionRule(samples: 10, seed: 3)
    let expected = try read(tree, worldSize: 1, workers: 0, rule: rule)
    #expect(expected.substitutions.count == 2 * bad.count)
    #expect(Set(expected.substitutions.map(\.sample)) == bad)
    for substitution in expected.substitutions {
      #expect(!bad.contains(substitution.substitute))
      #expect("\(substitution.error)".contains("/\(substitution.sample).jpg"))
    }
    #expect(expected.samples.allSatisfy { !bad.contains($0) })
    #expect(expected.labels == expected.samples.map { Int32(tree.label(of: $0)) })
    for (worldSize, workers) in [(1, 3), (2, 1), (3, 2), (4, 0)] {
      #expect(try read(tree, worldSize: worldSize, workers: workers, rule: rule) == expected)
    }
  }

  @Test func whereAllAreBadTheErrorIsOfTheFirst() throws {
    let folder = try TemporaryFolder()
    let tree = try makeTree(in: folder, bad: Set(0..<10))
    let plan = EvaluationPlan(samples: 10, localBatch: 1, worldSize: 1)
    var loader = Loader(
      tree, transform: transform, seed: 0, capacity: 1, workers: 1, substitution: SubstitutionRule(samples: 10, seed: 3)
    ) { .evaluation(batch: $0, rank: 0, plan: plan) }
    do throws(DataError) {
      _ = try loader.next()
      Issue.record("ten bad files were accepted")
    } catch {
      #expect("\(error)".contains("/0.jpg"))
    }
  }

  @Test func candidatesAreOthersAndDifferFromEpochToEpoch() {
    for samples in [1, 2, 3, 50] {
      let rule = SubstitutionRule(samples: samples, seed: 7)
      for sample in 0..<samples {
        let candidates = rule.candidates(for: sample, epoch: 4)
        #expect(candidates.isEmpty == (samples == 1))
        #expect(candidates.allSatisfy { $0 != sample && (0..<samples).contains($0) })
        #expect(candidates == rule.candidates(for: sample, epoch: 4))
        if samples == 50 {
          #expect(candidates != rule.candidates(for: sample, epoch: 5))
          #expect(candidates != SubstitutionRule(samples: samples, seed: 8).candidates(for: sample, epoch: 4))
        }
      }
    }
    // Every other sample is drawn.
    let rule = SubstitutionRule(samples: 5, seed: 7)
    let drawn = Set((0..<20).flatMap { rule.candidates(for: 2, epoch: $0) })
    #expect(drawn == [0, 1, 3, 4])
  }
}
