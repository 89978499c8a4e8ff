import Architectures
import Network
import TestSupport
import Testing

@Suite struct MemoryPeakTests {
  @Test func knownCases() {
    #expect(MemoryPeak(of: []).bytes == 0)
    let peak = MemoryPeak(of: [
      .init(bytes: 10, firstStep: 0, lastStep: 3), .init(bytes: 30, firstStep: 2, lastStep: 2),
      .init(bytes: 20, firstStep: 3, lastStep: 5), .init(bytes: 20, firstStep: 5, lastStep: 6),
      .init(bytes: 15, firstStep: 4, lastStep: 4),
    ])
    // 40 bytes live at steps 2 and 5; the first counts.
    #expect(peak.step == 2 && peak.bytes == 40 && peak.holders == [1, 0])
  }

  @Test(arguments: UInt64(0)..<50) func noMomentHoldsMore(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let intervals = (0..<random.integer(in: 1..<30)).map { _ in
      let first = random.integer(in: 0..<20)
      return Interval(bytes: random.integer(in: 0..<100), firstStep: first, lastStep: random.integer(in: first..<20))
    }
    let bytes = (0..<20).map { step in
      intervals.reduce(0) { $0 + ($1.firstStep <= step && step <= $1.lastStep ? $1.bytes : 0) }
    }
    let peak = MemoryPeak(of: intervals)
    #expect(peak.bytes == bytes.max())
    #expect(peak.holders.reduce(0) { $0 + intervals[$1].bytes } == peak.bytes)
    #expect(Set(peak.holders).count == peak.holders.count)
    #expect(zip(peak.holders, peak.holders.dropFirst()).allSatisfy { intervals[$0].bytes >= intervals[$1].bytes })
    #expect(packIntervals(intervals).bytes >= peak.bytes)
  }

  @Test func everyMomentOfAPassHasAName() throws {
    let graph = try ResNet(.resnet18, classes: 10, imageSize: 64).graph()
    let plan = ExecutionPlan(graph, batch: 4, mode: .training)
    let moments = Set(plan.buffers.flatMap { [$0.interval.firstStep, $0.interval.lastStep] })
    #expect(moments.max() == plan.steps.count + 1)
    let names = moments.sorted().map(plan.whatHappens)
    #expect(names.first == "the input" && names.last == "conv1 backward")
    #expect(names.count { $0 == "the loss" } == 1)
    #expect(plan.peak.bytes <= plan.bytes && plan.peak.bytes > plan.bytes / 2)
  }

  /// What is asked for beforehand is what a replica has.
  @Test func footprintsAreThoseOfReplicas() throws {
    let graph = try ResNet(.resnet18, classes: 10, imageSize: 32).graph()
    let batches = Replica.Batches(training: [4, 2, 0], evaluation: [3])
    let options = PlanOptions(recomputation: .none)
    let replica = try Replica(graph, batches: batches, options: options, reducer: nil)
    #expect(try Replica.footprint(graph, batches: batches, options: options) == replica.footprint)
    #expect(replica.footprint.scratchBytes > 512 * 512 * 9 * 4)
    #expect(replica.footprint.primitives > 100)
  }
}
