import TestSupport
import Testing

/// No allocation in a step after the first. `Tests/StepAllocations` says what is counted.
@Suite(.serialized) struct StepAllocationTests {
  @Test(
    .enabled(if: isOptimised, "unoptimised Swift allocates"),
    arguments: [
      (1, "f32", []), (1, "bf16", []), (2, "f32", []), (2, "bf16", []), (2, "f32", ["optimizer.sharded=true"]),
      (1, "f32", ["averaging.decay=0.5"]),
    ])
  func stepsAllocateNothing(ranks: Int, precision: String, overrides: [String]) throws {
    // Threads that wait without sleeping would take the cores that the others need.
    let outcome = try MPIRun.run(
      ranks: ranks, executable: "step-allocations", arguments: [precision] + overrides,
      environment: ["OMP_WAIT_POLICY": "passive"], timeout: .seconds(300))
    let expected = (0..<ranks).map { "rank \($0) of \(ranks), 10 steps in \(precision): 0 allocations of ours" }
    #expect(expected.allSatisfy(outcome.output.contains) && outcome.status == 0, "\(outcome)")
  }
}

#if DEBUG
  private let isOptimised = false
#else
  private let isOptimised = true
#endif
