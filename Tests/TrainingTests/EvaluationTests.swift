import Data
import Network
import Tensors
import Testing
import Training

@Suite struct EvaluationCountsTests {
  private func image(loss: Double, top1: Bool = false) -> ClassificationSums {
    var sums = ClassificationSums()
    (sums.loss, sums.top1Correct, sums.top5Correct, sums.count) = (loss, top1 ? 1 : 0, 1, 1)
    return sums
  }

  private func counts(_ images: [ClassificationSums]) -> EvaluationCounts {
    images.reduce(into: EvaluationCounts()) { $0.add($1, prediction: 0) }
  }

  @Test func theOrderOfImagesDoesNotMatter() {
    var random = KeyedRandom(seed: 3, purpose: .testing)
    let images = (0..<1000).map { _ in image(loss: abs(random.normal()) * 3, top1: random.next() % 2 == 0) }
    let forward = counts(images)
    #expect(forward == counts(images.reversed()))
    #expect(forward == counts(images.shuffled(using: &random)))
    let mean = images.reduce(0) { $0 + $1.loss } / 1000
    #expect(abs(forward.meanLoss - mean) < 1e-7 && forward.total == 1000 && forward.top5Correct == 1000)
    #expect(forward.top1Correct == images.reduce(0) { $0 + $1.top1Correct })
  }

  @Test func aLossThatIsNotFiniteIsCountedAndShows() {
    let broken = counts([image(loss: 1), image(loss: .nan), image(loss: .infinity)])
    #expect(broken.nonFiniteLosses == 2 && broken.total == 3)
    #expect(broken.lossUnits == Int(EvaluationCounts.unitsPerNat) && broken.meanLoss.isNaN)
  }

  @Test func hugeLossesAreCountedAsTheLargest() {
    #expect(counts([image(loss: 1e30), image(loss: 0)]).meanLoss == EvaluationCounts.largestLoss / 2)
    let most = Int(EvaluationCounts.largestLoss * EvaluationCounts.unitsPerNat)
    #expect(!most.multipliedReportingOverflow(by: 1_000_000_000).overflow)
  }
}

/// A checkpoint's evaluation is a property of the checkpoint: not of the ranks that take part.
@Suite struct EvaluationTests {
  private func validationImages(in folder: borrowing TemporaryFolder) throws -> FolderTree {
    let specification = try SampleSpecification(classes: 4, train: 4, validation: 21, size: 64, seed: 2)
    _ = try SampleWriter(specification, threads: 2).write(to: "\(folder.path)/sample") { _ in }
    let images = try FolderTree(root: "\(folder.path)/sample/val")
    #expect(images.count == 21)
    return images
  }

  /// What each rank of a world counts.
  private func evaluate(
    _ images: FolderTree, ranks: Int, ofPlan worldSize: Int, _ overrides: [String] = []
  ) throws -> [EvaluationCounts] {
    let plan = try tinyPlan(worldSize: worldSize, overrides)
    return try onRanks(ranks) { communicator in
      let replica = try Replica(
        plan.graph, batches: .init(training: [], evaluation: [plan.evaluationRows]),
        options: PlanOptions(threads: ranks == 1 ? 2 : 1), reducer: nil)
      replica.initialise(seed: 9)
      let counts = try Evaluation(plan: plan, images: images, communicator: communicator).run(on: replica)
      return try #require(counts)
    }
  }

  /// Also with several views of each image: with a batch of four rows, ten views are one image at a time, two are two.
  @Test(arguments: [[], ["evaluation.crops=10"], ["evaluation.flip=true"]])
  func everyWorldCountsTheSame(overrides: [String]) throws {
    let folder = try TemporaryFolder()
    let images = try validationImages(in: folder)
    var first: EvaluationCounts?
    for worldSize in [1, 2, 3, 5, 8] {
      let counts = try evaluate(images, ranks: worldSize, ofPlan: worldSize, overrides)
      first = first ?? counts[0]
      #expect(counts[0].total == 21 && counts[0].lossUnits > 0 && counts[0].predictions.count == 21)
      let right = (0..<21).count { Int(counts[0].predictions[$0]) == images.label(of: $0) }
      #expect(right == counts[0].top1Correct)
      for rank in 0..<worldSize { #expect(counts[rank] == first, "rank \(rank) of \(worldSize)") }
    }
  }

  /// Whoever evaluates need not be whoever trains.
  @Test func oneRankAloneCountsTheSame() throws {
    let folder = try TemporaryFolder()
    let images = try validationImages(in: folder)
    #expect(try evaluate(images, ranks: 1, ofPlan: 4) == [evaluate(images, ranks: 4, ofPlan: 4)[0]])
  }

  @Test func moreViewsAreAnotherAnswer() throws {
    let folder = try TemporaryFolder()
    let images = try validationImages(in: folder)
    let losses = try ["crops=1", "flip=true", "crops=5", "crops=10"].map {
      try evaluate(images, ranks: 1, ofPlan: 1, ["evaluation.\($0)"])[0].lossUnits
    }
    #expect(Set(losses).count == 4, "\(losses)")
  }

  @Test func viewsAreAveraged() {
    var rows: [Float] = [1, 10, 2, 20, 6, 60, 99]
    averageRows(&rows, count: 3, elements: 2)
    #expect(rows == [3, 30, 2, 20, 6, 60, 99])
    averageRows(&rows, count: 1, elements: 2)
    #expect(rows[0] == 3)
  }

  /// One rank's wish is every rank's decision.
  @Test func aStopOnOneRankCutsItOffOnAll() throws {
    let folder = try TemporaryFolder()
    let images = try validationImages(in: folder)
    let plan = try tinyPlan(worldSize: 3)
    let results = try onRanks(3) { communicator in
      let replica = try Replica(
        plan.graph, batches: .init(training: [], evaluation: [plan.validation.localBatch]), reducer: nil)
      var batches = 0
      return try Evaluation(plan: plan, images: images, communicator: communicator).run(on: replica) {
        batches += 1
        return communicator.rank == 1 && batches == 2
      } == nil ? batches : -1
    }
    #expect(results == [2, 2, 2])
  }

  @Test func aTornImageOfOneRankEndsAll() throws {
    let folder = try TemporaryFolder()
    let specification = try SampleSpecification(classes: 4, train: 4, validation: 8, size: 64, seed: 2)
    _ = try SampleWriter(specification, threads: 2).write(to: "\(folder.path)/sample") { _ in }
    let images = try FolderTree(root: "\(folder.path)/sample/val")
    try "not a picture".write(toFile: images.name(of: 7), atomically: false, encoding: .utf8)
    let plan = try tinyPlan(worldSize: 2, images: ImageCounts(training: 10, validation: 8))
    let failures = try onRanks(2) { communicator in
      let replica = try Replica(
        plan.graph, batches: .init(training: [], evaluation: [4]), reducer: nil)
      return try jobFailure {
        _ = try Evaluation(plan: plan, images: images, communicator: communicator).run(on: replica)
      }
    }
    for failure in failures {
      #expect(failure?.status == .data && failure?.reports.map(\.ranks) == [[1]])
      #expect(failure?.description.contains(images.name(of: 7)) == true)
    }
  }
}
