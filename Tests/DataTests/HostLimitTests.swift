import Data
import Testing

/// A limit of the process or its host says nothing about an image: no other stands in, and none is called damaged.
@Suite struct HostLimitTests {
  private static let limit = DataError.tooManyOpenFiles(path: "x", limit: .process(20))

  /// Pixels, but for samples that cannot be read.
  private struct Samples: DataSet {
    var failures: [Int: DataError]
    let count = 10
    let classes = ["a"]

    func label(of sample: Int) -> Int { 0 }
    func name(of sample: Int) -> String { "sample \(sample)" }

    func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
      if let failure = failures[sample] { throw failure }
      bytes.resize(to: 192).initializeMemory(as: UInt8.self, repeating: 7)
      return .rgb(PixelSize(width: 8, height: 8))
    }
  }

  private func load(_ samples: Samples, workers: Int) throws -> (images: Int, substitutions: Int) {
    let plan = EvaluationPlan(samples: samples.count, localBatch: 5, worldSize: 1)
    var loader = Loader(
      samples, transform: TrainingTransform(imageSize: 4), seed: 0, capacity: 5, workers: workers,
      substitution: SubstitutionRule(samples: samples.count, seed: 3)
    ) { .evaluation(batch: $0, rank: 0, plan: plan) }
    var (images, substitutions) = (0, 0)
    while let batch = try loader.next() {
      images += batch.count
      substitutions += batch.substitutions.count
    }
    return (images, substitutions)
  }

  @Test(arguments: [0, 2]) func nothingStandsIn(workers: Int) throws {
    let damage = DataError.corruptImage(path: "x", reason: "y")
    #expect(try load(Samples(failures: [3: damage]), workers: workers) == (10, 1))
    #expect(throws: Self.limit) { try load(Samples(failures: [3: Self.limit]), workers: workers) }
    // Nor does the limit decide which sample stands in for one that is bad.
    let candidate = SubstitutionRule(samples: 10, seed: 3).candidates(for: 3, epoch: 0)[0]
    let failures = [3: damage, candidate: Self.limit]
    #expect(throws: Self.limit) { try load(Samples(failures: failures), workers: workers) }
  }

  @Test func verificationDoesNotCallItDamage() throws {
    #expect(throws: Self.limit) {
      try verify(Samples(failures: [3: Self.limit]), DecodingOptions(), threads: 2) { _ in }
    }
  }

  @Test func itSaysWhoseLimitItIs() {
    for word in ["x: cannot be opened", "20 files", "ulimit -n", "RLIMIT_NOFILE", "Nothing is wrong with the data"] {
      #expect(Self.limit.description.contains(word))
    }
    let host = DataError.tooManyOpenFiles(path: "x", limit: .host)
    #expect(host.description.contains("fs.file-max") && host.isAboutTheHost && Self.limit.isAboutTheHost)
    #expect(!DataError.unreadable(path: "x", reason: "y").isAboutTheHost)
  }
}
