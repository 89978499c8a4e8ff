import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// A system that gives no threads or no memory: an error within seconds that names the limit, never a hang or a crash.
  @Suite(.serialized) struct LimitTests {
    private let folder: JobFolder

    init() throws {
      folder = try JobFolder()
      try folder.write(JobFolder.configuration, to: "job.json")
    }

    private func shell(_ line: String) throws -> ProcessOutcome { try folder.shell(line) }

    private func expect(
      _ status: Int32, _ words: [String], from outcome: ProcessOutcome,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(outcome.status == status && !outcome.timedOut, "\(outcome)", sourceLocation: sourceLocation)
      #expect(outcome.seconds < 30, "\(outcome)", sourceLocation: sourceLocation)
      for word in words {
        #expect(outcome.errors.contains(word), "no '\(word)' in \(outcome)", sourceLocation: sourceLocation)
      }
    }

    /// As a user without rights, since root may have as many processes as it likes; in a copy that such a user may run.
    @Test(
      .enabled(if: getuid() == 0, "needs root to become another user"),
      arguments: ["data index job.json", "data verify job.json", "data pack sample/train packed", "job.json"])
    func noMoreThreads(command: String) throws {
      let copy = """
        chmod -R a+rX . && cp "$program" program && chmod 755 program && mkdir -m 777 runs && export HOME=$PWD
        exec setpriv --reuid=54321 --regid=54321 --clear-groups prlimit --nproc=1 ./program
        """
      expect(
        70, ["no thread could be started", "ulimit -u", ": 1,"], from: try shell("\(copy) \(command)"))
    }

    /// From less than threads need to less than MPI needs: what is too little is said.
    @Test(arguments: [300_000, 450_000, 600_000]) func fewAddresses(kilobytes: Int) throws {
      let alone = try shell("ulimit -v \(kilobytes); exec $program job.json --set data.workers=4")
      expect(70, ["address space (ulimit -v)"], from: alone)
    }

    /// What is asked for, what the plan had predicted, and what to lower.
    @Test func aBatchThatDoesNotFitTheAddresses() throws {
      let large = "job.json --set data.image_size=384 --set batch.global=48 --set threads_per_rank=1"
      let one = "bash -c 'ulimit -v 1400000; exec $program \(large)'"
      let refused = try shell("mpirun -np 2 --oversubscribe --bind-to none \(one)")
      #expect([64, 70].contains(refused.status), "\(refused)")
      expect(refused.status, ["ulimit -v", "batch.global", "dist-train plan"], from: refused)
      let tried = try shell(
        "mpirun -np 2 --oversubscribe --bind-to none bash -c 'ulimit -v 1400000; exec $program \(large) --set memory.shortage=warn'"
      )
      expect(70, ["ulimit -v", "The plan's predicted peak of this rank is", "batch.global"], from: tried)
    }

    /// A file that grows beyond `ulimit -f` is like a full disk: the run goes on for a while, and then says why it ends.
    @Test func filesMayNotGrow() throws {
      let outcome = try shell(
        "ulimit -f 4096; exec $program job.json --set checkpoint.every_steps=1 --set data.index=i")
      expect(73, ["could not be written", "File too large", "failures in a row"], from: outcome)
    }

    @Test func memoryThatSlurmDoesNotGive() throws {
      let refused = try folder.run(
        ranks: 2, ["job.json", "--set", "threads_per_rank=1"], environment: ["SLURM_MEM_PER_NODE": "300"])
      expect(64, ["not enough memory: 2 ranks on", "SLURM_MEM_PER_NODE", "memory.shortage=warn"], from: refused)
      #expect(folder.contents("runs").filter { $0.hasSuffix("metrics.jsonl") }.isEmpty)
      let tried = try folder.run(
        ranks: 2,
        [
          "job.json", "--set", "threads_per_rank=1", "--set", "memory.shortage=warn", "--set", "epochs=null", "--set",
          "steps=1",
        ],
        environment: ["SLURM_MEM_PER_NODE": "300"])
      expect(0, ["memory is tight: 2 ranks on"], from: tried)
      let timed = try folder.run(ranks: 2, ["bench", "job.json"], environment: ["SLURM_MEM_PER_NODE": "200"])
      expect(64, ["not enough memory: 2 ranks on"], from: timed)
    }
  }
}
