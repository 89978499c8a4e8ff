import Foundation
import TestSupport
import Testing

/// The same exercises as one process per rank.
@Suite(.serialized) struct MPICollectivesTests {
  @Test(arguments: [1, 2, 3, 8]) func passTheExercisesUnderMPIRun(ranks: Int) throws {
    let outcome = try MPIRun.run(ranks: ranks, executable: "rank-exercises", timeout: .seconds(120))
    #expect(outcome.status == 0 && outcome.output.contains("\(ranks) ranks passed"), "\(outcome)")
  }

  @Test func passTheExercisesWithoutMPIRun() throws {
    let outcome = try MPIRun.runAlone(executable: "rank-exercises", timeout: .seconds(60))
    #expect(outcome.status == 0 && outcome.output.contains("1 ranks passed"), "\(outcome)")
  }

  @Test func aRankThatThrowsEndsTheJobAndSaysWhy() throws {
    let outcome = try MPIRun.run(
      ranks: 3, executable: "rank-exercises", arguments: ["throw", "1"], timeout: .seconds(30))
    #expect(!outcome.timedOut && outcome.status != 0, "\(outcome)")
    #expect(outcome.errors.contains("rank 1: thrown on purpose"), "\(outcome)")
  }
}

/// The helper that starts them.
@Suite struct SubprocessTests {
  private func shell(_ script: String, timeout: Duration = .seconds(10)) throws -> ProcessOutcome {
    try runProcess(
      URL(fileURLWithPath: "/bin/sh"), ["-c", script], environment: ["GREETING": "hello"],
      directory: URL(fileURLWithPath: "/"), timeout: timeout)
  }

  @Test func capturesOutputAndStatus() throws {
    let outcome = try shell("echo out; echo err >&2; echo $GREETING; pwd; exit 7")
    #expect(outcome.status == 7 && outcome.output == "out\nhello\n/\n" && outcome.errors == "err\n", "\(outcome)")
    #expect(try shell("kill -TERM $$").status == 128 + 15)
  }

  @Test func killsTheWholeFamilyWhenTimeIsUp() throws {
    let outcome = try shell("setsid sleep 987 & echo $!; sleep 986", timeout: .milliseconds(300))
    #expect(outcome.timedOut && outcome.status == 128 + 9 && outcome.seconds < 5, "\(outcome)")
    let grandchild = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    // A killed process needs a moment of a processor to be gone.
    let isAlive = "kill -0 \(grandchild) && ! grep -q 'State:.Z' /proc/\(grandchild)/status"
    let alive = try shell("for try in $(seq 50); do { \(isAlive); } || exit 1; sleep 0.1; done")
    #expect(alive.status != 0, "the grandchild \(grandchild) lives on")
  }
}
