import JSON
import Network
import Testing
import Training

@Suite struct MemoryEstimateTests {
  private let footprint: Footprint

  init() throws {
    footprint = try Replica.footprint(
      tinyPlan().graph, batches: .init(training: [7], evaluation: [4]), options: PlanOptions())
  }

  private func bytes(_ label: String, _ estimate: MemoryEstimate) -> Int? {
    estimate.parts.first { $0.label == label }?.bytes
  }

  @Test func partsAreThoseOfThePlan() throws {
    let plan = try tinyPlan(worldSize: 2)
    let estimate = MemoryEstimate(plan, rank: 0, footprint: footprint, images: .synthetic)
    let parameters = plan.parameters.parameters.bytes
    for label in ["parameters", "gradients", "optimizer state"] { #expect(bytes(label, estimate) == parameters) }
    #expect(bytes("activations and their gradients", estimate) == footprint.activationBytes)
    // Seven images on two ranks: four are the most.
    #expect(bytes("images in memory", estimate) == 4 * 16 * 16 * 3 * 4)
    #expect(bytes("all-reduces under way", estimate) == plan.buckets.buckets.count * 1_536_000)
    #expect(bytes("other ranks", estimate) == MemoryEstimate.peerBytes)
    #expect(estimate.peakBytes == estimate.parts.reduce(0) { $0 + $1.bytes })
  }

  /// Each bucket's share is cut between cache lines.
  @Test func aShardedUpdateDividesTheOptimizersState() throws {
    let plan = try tinyPlan(worldSize: 4, ["optimizer.sharded=true"])
    let estimate = MemoryEstimate(plan, rank: 0, footprint: footprint, images: .synthetic)
    let parameters = plan.parameters.parameters.bytes
    let state = try #require(bytes("optimizer state", estimate))
    #expect((parameters / 4...parameters / 4 + plan.buckets.buckets.count * 64).contains(state))
    #expect(bytes("parameters", estimate) == parameters && bytes("gradients", estimate) == parameters)
  }

  @Test func anAverageIsAsLargeAsWhatItAverages() throws {
    let plan = try tinyPlan(["averaging.decay=0.5"])
    let estimate = MemoryEstimate(plan, rank: 0, footprint: footprint, images: .synthetic)
    let averaged = plan.parameters.parameters.bytes + plan.parameters.statistics.bytes
    #expect(bytes("averages of weights and statistics", estimate) == averaged)
    let without = MemoryEstimate(try tinyPlan(), rank: 0, footprint: footprint, images: .synthetic)
    #expect(without.peakBytes == estimate.peakBytes - averaged)
  }

  /// Three batches read ahead for training and three for evaluation, and a decoding thread for each.
  @Test func trainingRunsReadAhead() throws {
    let estimate = MemoryEstimate(try tinyPlan(), rank: 0, footprint: footprint, images: .loaded)
    #expect(bytes("all-reduces under way", estimate) == 0)
    #expect(
      bytes("images in memory", estimate) == 3 * (7 + 4) * 16 * 16 * 3 * 4 + 2 * MemoryEstimate.workerBytes)
  }

  /// Room for an image's views, not for as many images.
  @Test func viewsShareABatch() throws {
    func images(_ overrides: [String]) throws -> Int? {
      bytes("images in memory", MemoryEstimate(try tinyPlan(overrides), rank: 0, footprint: footprint, images: .loaded))
    }
    let tenRows = 3 * (7 + 10) * 16 * 16 * 3 * 4 + 2 * MemoryEstimate.workerBytes
    #expect(try images(["evaluation.crops=10"]) == tenRows)
    #expect(try images(["evaluation.crops=10", "evaluation.batch=19"]) == tenRows)
  }

  @Test func savingMemorySavesMemory() throws {
    func activations(_ override: String) throws -> Int {
      let plan = try smallPlan(override)
      return try Replica.footprint(
        plan.graph, batches: plan.batches(rank: 0), options: plan.planOptions(threads: 1)
      ).activationBytes
    }
    let usual = try activations("memory.recompute=activations")
    #expect(try activations("memory.recompute=none") > usual)
    #expect(try activations("memory.recompute=chains") <= usual)
    #expect(try Double(activations("precision=bf16")) < 0.7 * Double(usual))
  }
}
