import Data
import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct LoaderTests {
  /// A batch as values that outlive it.
  private struct Copy: Equatable {
    var samples: [Int]
    var labels: [Int32]
    var images: [UInt32]

    init(_ batch: Batch, imageElements: Int) {
      samples = Array(UnsafeBufferPointer(start: batch.samples, count: batch.count))
      labels = Array(UnsafeBufferPointer(start: batch.labels, count: batch.count))
      images = UnsafeBufferPointer(start: batch.images, count: batch.count * imageElements).map(\.bitPattern)
    }
  }

  private let imageSize = 12
  private var imageElements: Int { imageSize * imageSize * 3 }
  private var transform: TrainingTransform { TrainingTransform(imageSize: imageSize) }

  /// The JPEG fixtures under several classes.
  private func makeTree(in folder: TemporaryFolder) throws -> FolderTree {
    for (index, name) in ["rgb.jpg", "gray.jpg", "cmyk.jpg", "ycck.jpg", "progressive.jpg", "rgb444.jpg"].enumerated() {
      for copy in 0...index % 3 { try folder.file("class\(index)/\(copy)-\(name)", Fixtures.bytes(name)) }
    }
    return try FolderTree(root: folder.path)
  }

  private func copies(
    _ dataSet: any DataSet, workers: Int, depth: Int = 3, capacity: Int,
    request: @escaping @Sendable (Int) -> BatchRequest?
  ) throws -> [Copy] {
    var loader = Loader(
      dataSet, transform: transform, seed: 6, capacity: capacity, workers: workers, depth: depth, request: request)
    var copies: [Copy] = []
    while let batch = try loader.next() { copies.append(Copy(batch, imageElements: imageElements)) }
    return copies
  }

  /// Two epochs of two ranks, with unequal batches and empty ones.
  @Test func resultsDoNotDependOnWorkersOrDepth() throws {
    let folder = try TemporaryFolder()
    let tree = try makeTree(in: folder)
    #expect(tree.count == 12)
    let plan = ShardPlan(samples: tree.count, globalBatch: 11, worldSize: 2)
    let order = TrainingOrder(count: tree.count, seed: 2)
    for rank in 0..<2 {
      let request: @Sendable (Int) -> BatchRequest? = { step in
        step < 2 * plan.stepsPerEpoch ? .training(step: step, rank: rank, plan: plan, order: order) : nil
      }
      let expected = try copies(tree, workers: 0, capacity: 6, request: request)
      #expect(expected.map(\.samples.count) == (rank == 0 ? [6, 1, 6, 1] : [5, 0, 5, 0]))
      for copy in expected { #expect(copy.labels == copy.samples.map { Int32(tree.label(of: $0)) }) }
      for (workers, depth) in [(1, 1), (1, 2), (1, 3), (2, 2), (3, 4), (7, 2)] {
        #expect(try copies(tree, workers: workers, depth: depth, capacity: 6, request: request) == expected)
      }
    }
  }

  /// A sample has the same pixels in any batch, alone or among others, and others in another epoch.
  @Test func pixelsDependOnSampleAndEpochAlone() throws {
    let data = SyntheticDataSet(count: 9, classes: 4, size: PixelSize(width: 20, height: 17), seed: 3)
    let together = try copies(data, workers: 2, capacity: 9) { batch in
      batch < 2 ? BatchRequest(epoch: batch, positions: 0..<9, order: .asStored) : nil
    }
    let alone = try copies(data, workers: 1, capacity: 1) { batch in
      batch < 18 ? BatchRequest(epoch: batch / 9, positions: batch % 9..<batch % 9 + 1, order: .asStored) : nil
    }
    #expect(together.count == 2 && alone.count == 18)
    #expect(together.flatMap(\.images) == alone.flatMap(\.images))
    #expect(together[0].images != together[1].images)
    #expect(together[0].labels == [0, 1, 2, 3, 0, 1, 2, 3, 0])
  }

  /// Starting at step s gives what a run from the beginning gives from s on.
  @Test func resumesAnywhere() throws {
    let data = SyntheticDataSet(count: 20, classes: 2, size: PixelSize(width: 8, height: 8))
    let plan = ShardPlan(samples: 20, globalBatch: 6, worldSize: 1)
    let order = TrainingOrder(count: 20, seed: 1)
    func run(from first: Int) throws -> [Copy] {
      try copies(data, workers: 2, capacity: 6) { number in
        first + number < 9 ? .training(step: first + number, rank: 0, plan: plan, order: order) : nil
      }
    }
    let whole = try run(from: 0)
    for first in 0...9 { #expect(try run(from: first) == Array(whole[first...])) }
  }

  /// What the loader writes is the plan of the transform carried out on the decoded pixels, then normalised.
  @Test func imagesAreThePlannedCrops() throws {
    let folder = try TemporaryFolder()
    let tree = try makeTree(in: folder)
    let request = BatchRequest(epoch: 5, positions: 0..<tree.count, order: .asStored)
    let batch = try #require(copies(tree, workers: 2, capacity: 12) { $0 == 0 ? request : nil }.first)
    let normalization = Normalization.imageNet
    var expected: [Float] = []
    for sample in 0..<tree.count {
      let file = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: tree.name(of: sample))))
      let image = try decode(file)
      var random = KeyedRandom(seed: 6, purpose: .augmentation, epoch: 5, index: sample)
      expected += resamplePlainly(
        image.pixels, size: image.size, plan: transform.plan(image.size, random: &random),
        scale: SIMD3<Float>(1 / (255 * normalization.standardDeviation)),
        offset: SIMD3<Float>(-normalization.mean / normalization.standardDeviation))
    }
    #expect(batch.images == expected.map(\.bitPattern))
  }

  /// A damaged file is reported with its path, by the batch that holds it and by no other; of two, the first in the
  /// batch.
  @Test(arguments: [0, 1, 3])
  func errorsSurfaceInTheirBatch(workers: Int) throws {
    let folder = try TemporaryFolder()
    for index in 0..<8 { try folder.file("a/\(index).jpg", Fixtures.bytes("rgb.jpg")) }
    try folder.file("a/4.jpg", Fixtures.bytes("truncated.jpg"))
    try folder.file("a/5.jpg", Fixtures.bytes("text.jpg"))
    let tree = try FolderTree(root: folder.path)
    let plan = EvaluationPlan(samples: 8, localBatch: 3, worldSize: 1)
    // Looks at all rows, so that no damage can lie below the crop.
    let transform = EvaluationTransform(imageSize: imageSize)
    var loader = Loader(tree, transform: transform, seed: 0, capacity: 3, workers: workers) {
      .evaluation(batch: $0, rank: 0, plan: plan)
    }
    #expect(try loader.next()?.count == 3)
    do throws(DataError) {
      _ = try loader.next()
      Issue.record("a truncated file was accepted")
    } catch {
      guard case .corruptImage(let path, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(path == folder.path + "/a/4.jpg")
    }
    #expect(try loader.next()?.count == 2)
    #expect(try loader.next()?.count == nil)
    #expect(try loader.next()?.count == nil)
  }

  /// The highest batch number that was asked for.
  private final class Requested: Sendable {
    let highest = Mutex(-1)
  }

  /// Polls until `condition` holds, for ten seconds at most.
  private func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<10_000 where !condition() { Thread.sleep(forTimeInterval: 0.001) }
    return condition()
  }

  /// The loader works ahead by its depth and no further; ended in the middle, its threads let go of everything.
  @Test(arguments: 1...4)
  func worksAheadByItsDepthAndStops(depth: Int) throws {
    let data = SyntheticDataSet(count: 5, classes: 1, size: PixelSize(width: 8, height: 8))
    weak var observed: Requested?
    do {
      let requested = Requested()
      observed = requested
      var loader = Loader(data, transform: transform, seed: 0, capacity: 5, workers: 2, depth: depth) { batch in
        requested.highest.withLock { $0 = max($0, batch) }
        return BatchRequest(epoch: batch, positions: 0..<5, order: .asStored)
      }
      for _ in 0..<3 { #expect(try loader.next()?.count == 5) }
      // Batch 2 is lent, and depth - 1 more are in memory.
      #expect(eventually { requested.highest.withLock { $0 == 2 + depth - 1 } })
      Thread.sleep(forTimeInterval: 0.01)
      #expect(requested.highest.withLock { $0 } == 2 + depth - 1)
    }
    #expect(eventually { observed == nil })
  }

  /// Reads of one sample do not come back until `gate` is opened.
  private struct StuckDataSet: DataSet {
    let data: SyntheticDataSet
    let stuck: Int
    let gate: DispatchSemaphore

    var count: Int { data.count }
    var classes: [String] { data.classes }
    func label(of sample: Int) -> Int { data.label(of: sample) }
    func name(of sample: Int) -> String { "sample \(sample)" }
    func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
      if sample == stuck { gate.wait() }
      return try data.read(sample, into: &bytes)
    }
  }

  /// A read that does not come back is named, and neither the error nor the loader's end waits for it.
  @Test(arguments: [true, false]) func aStuckReadHoldsUpNobody(isWaitedFor: Bool) throws {
    let gate = DispatchSemaphore(value: 0)
    let data = StuckDataSet(
      data: SyntheticDataSet(count: 6, classes: 1, size: PixelSize(width: 8, height: 8)), stuck: 4, gate: gate)
    let plan = EvaluationPlan(samples: 6, localBatch: 3, worldSize: 1)
    do {
      var loader = Loader(data, transform: transform, seed: 0, capacity: 3, workers: 2, timeout: 0.2) {
        .evaluation(batch: $0, rank: 0, plan: plan)
      }
      #expect(try loader.next()?.count == 3)
      if isWaitedFor {
        #expect(throws: DataError.stalled(path: "sample 4", seconds: 0.2)) { _ = try loader.next() }
      }
    }
    gate.signal()
  }

  @Test func measuresOneEpoch() throws {
    let data = SyntheticDataSet(count: 25, classes: 3, size: PixelSize(width: 30, height: 20))
    let plan = EvaluationPlan(samples: 25, localBatch: 4, worldSize: 1)
    for workers in 0...2 {
      var loader = Loader(data, transform: transform, seed: 0, capacity: 4, workers: workers) {
        .evaluation(batch: $0, rank: 0, plan: plan)
      }
      let report = try measure(&loader) { _ in Thread.sleep(forTimeInterval: 0.001) }
      #expect(report.batches == 7 && report.images == 25)
      #expect(report.seconds >= 0.007 && report.secondsWaited > 0)
      #expect(report.secondsWaited <= report.seconds - 0.007)
      #expect(report.imagesPerSecond > 0 && report.waitedFraction < 1)
    }
  }
}
