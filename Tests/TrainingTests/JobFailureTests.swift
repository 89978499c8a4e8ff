import Checkpoints
import Data
import Fabrics
import Kernels
import Optimizers
import Testing
import Training

@Suite struct JobFailureTests {
  private func text(_ ranks: [Int], worldSize: Int) -> String {
    JobFailure(status: .data, reports: [.init(ranks: ranks, message: "torn")], worldSize: worldSize).description
  }

  @Test func namesTheRanksUnlessItIsAll() {
    #expect(text([1], worldSize: 3) == "rank 1: torn")
    #expect(text([0, 2], worldSize: 3) == "ranks 0, 2: torn")
    #expect(text([0, 1, 2], worldSize: 3) == "torn")
    #expect(text([0], worldSize: 1) == "torn")
    #expect(text(Array(0..<11), worldSize: 12) == "ranks 0, 1, 2, 3, 4, 5, 6, 7 and 3 more: torn")
    #expect(JobFailure(everywhere: .usage, "all", worldSize: 4).description == "all")
  }

  @Test func differentReportsAreLines() {
    let failure = JobFailure(
      status: .data, reports: [.init(ranks: [0], message: "a"), .init(ranks: [1, 2], message: "b")], worldSize: 3)
    #expect(failure.description == "rank 0: a\nranks 1, 2: b")
  }

  @Test func everyErrorHasItsStatus() {
    struct Unknown: Error {}
    let statuses: [(any Error, Training.ExitStatus)] = [
      (JobFailure(everywhere: .output, "", worldSize: 1), .output), (RunError(.stopped, ""), .stopped),
      (DataError.missingFolder(path: "p"), .data), (CheckpointError.broken(path: "p", reason: "r"), .noCheckpoint),
      (FabricError.aborted(rank: 0, by: 1, reason: "r"), .ranksLost),
      (KernelError(call: "c", subject: "s", status: "unimplemented"), .usage),
      (KernelError(call: "c", subject: "s", status: "out of memory"), .internalError), (Unknown(), .internalError),
    ]
    for (error, status) in statuses { #expect(Training.ExitStatus(for: error) == status, "\(error)") }
    #expect(throws: ConfigurationError.self) { try configuration("{}") }
    do {
      _ = try SGD(momentum: 2)
    } catch {
      #expect(Training.ExitStatus(for: error) == .usage)
    }
  }

  @Test func statusesFitAByte() {
    for status in Training.ExitStatus.allCases { #expect((0...255).contains(status.rawValue)) }
  }
}
