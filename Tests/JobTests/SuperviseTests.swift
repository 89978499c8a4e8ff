import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// `launch/supervise` and a fake mpirun.
  @Suite(.serialized) struct SuperviseTests {
    private static let hosts = ["--hosts", "a:2,b:2,c:1"]
    private static let killedOnB =
      "echo 'mpirun noticed that process rank 2 with PID 0 on node b exited on signal 9 (Killed).' >&2; exit 137"

    @Test func startsAgainFromTheNewestCheckpoint() throws {
      let job = try SupervisedJob(["step 6; checkpoint 5; exit 137", "step 11; checkpoint 10; exit 71", "exit 0"])
      let ended = try job.run(
        Self.hosts + ["--mpirun", "--mca key value"], ["--set", "seed=4"])
      #expect(ended.status == 0, "\(ended)")
      let common = "--host a:2,b:2,c:1 -np 5 --map-by slot --mca plm_rsh_agent \(job.folder.path("bin/agent"))"
      let calls = try job.calls()
      #expect(
        calls.count == 3 && calls.allSatisfy { $0.hasPrefix(common) && $0.hasSuffix("--resume auto") }, "\(calls)")
      #expect(
        calls.allSatisfy { $0.contains(" --mca key value ") && $0.contains(" job.json --set seed=4 ") }, "\(calls)")
      #expect(
        try job.events() == [
          "attempt 1: starts with 5 ranks on a:2 b:2 c:1, after step 0",
          "attempt 1: ended with status 137 at step 6, checkpoint of step 5",
          "attempt 1: it failed; restart 1 of at most 5 in a row, in 0 s",
          "attempt 2: starts with 5 ranks on a:2 b:2 c:1, after step 5",
          "attempt 2: ended with status 71 at step 11, checkpoint of step 10",
          "attempt 2: it failed; restart 1 of at most 5 in a row, in 0 s",
          "attempt 3: starts with 5 ranks on a:2 b:2 c:1, after step 10",
          "attempt 3: ended with status 0 at step 11, checkpoint of step 10",
          "attempt 3: done",
        ])
    }

    @Test func givesUpWithoutProgressAndWaitsLongerEachTime() throws {
      let job = try SupervisedJob(["checkpoint 5; exit 70", "exit 70", "exit 139"])
      let ended = try job.run(["--hosts", "a", "--restarts", "3", "--wait", "1", "--longest-wait", "2"])
      #expect(ended.status == 139 && (5..<12).contains(ended.seconds), "\(ended)")
      #expect(try job.calls().count == 4)
      let waits = try job.events().compactMap { $0.firstMatch(of: /restart (.*)/)?.output.1 }
      #expect(
        waits == [
          "1 of at most 3 in a row, in 1 s", "2 of at most 3 in a row, in 2 s", "3 of at most 3 in a row, in 2 s",
        ])
      #expect(try job.events().last == "attempt 4: giving up after 4 failures in a row without a newer checkpoint")
    }

    @Test(arguments: [64, 65, 66, 69, 73] as [Int32]) func whatCannotGetBetterIsFinal(status: Int32) throws {
      let job = try SupervisedJob(["exit \(status)"])
      let ended = try job.run(["--hosts", "a"])
      #expect(ended.status == status && ended.errors.contains("supervise: final: "), "\(ended)")
      #expect(try job.calls().count == 1)
    }

    /// Ranks that outlive mpirun on another host may hold the run's folder for a while.
    @Test func aFolderThatIsHeldIsWaitedFor() throws {
      let job = try SupervisedJob([
        "exit 71", "echo 'dist-train: another job is writing to runs/job.' >&2; exit 73", "exit 0",
      ])
      let ended = try job.run(["--hosts", "a"])
      #expect(ended.status == 0, "\(ended)")
    }

    @Test func aHostThatFailedTwiceIsDropped() throws {
      let job = try SupervisedJob([Self.killedOnB, "exit 71", Self.killedOnB, "exit 0"])
      let ended = try job.run(Self.hosts)
      #expect(ended.status == 0, "\(ended)")
      let sizes = try job.calls().compactMap { $0.firstMatch(of: /--host (\S+) -np (\d+)/) }.map { "\($0.1) \($0.2)" }
      #expect(sizes == Array(repeating: "a:2,b:2,c:1 5", count: 3) + ["a:2,c:1 3"])
      let events = try job.events()
      #expect(events.contains("attempt 1: host b at fault (1 of 2): process rank 2 exited on signal 9 (Killed)."))
      #expect(
        events.contains(
          "attempt 3: host b is dropped; going on with 3 ranks on a:2 c:1, at the same global batch"), "\(events)")
    }

    /// Ranks 0 and 1 are on a, 2 and 3 on b, 4 on c.
    @Test(arguments: [
      ("No answer from rank 3 of 5. Look there first; if they were only slow, raise it.", "b"),
      ("No answer from ranks 0, 1 of 5. Look there first.", "a"),
      ("  Remote daemon: [[7314,0],2] on node c.example.org", "c"),
      ("dist-train: [rank 4] runs/x: Input/output error\nNo answer from rank 0 of 5. Look there.", "c"),
      ("dist-train: [rank 1 on a] rank 1 waited 4.0 s for rank 2 in vain: all-reduce 'x' (collective 17)", nil),
      ("No answer from ranks 0, 2, 4 of 5. Look there first.", nil),
      ("[rank 3] warning: slow", nil),
    ])
    func hostsAreAccused(words: String, host: String?) throws {
      let job = try SupervisedJob(["cat >&2 <<'END'\n\(words)\nEND\nexit 71", "exit 0"])
      let ended = try job.run(Self.hosts)
      #expect(ended.status == 0, "\(ended)")
      let blamed = try job.events().compactMap { $0.firstMatch(of: /host (\S+) at fault/).map { String($0.1) } }
      #expect(blamed == (host.map { [$0] } ?? []), "\(ended)")
    }

    @Test func aHostThatCannotBeReachedIsDropped() throws {
      let job = try SupervisedJob(["touch down/b; exit 71", "exit 0"])
      let ended = try job.run(Self.hosts)
      #expect(ended.status == 0, "\(ended)")
      #expect(try job.calls().map { $0.contains("--host a:2,c:1 -np 3 ") } == [false, true])
      #expect(try job.events().contains("attempt 1: host b at fault (2 of 2): it cannot be reached"))
    }

    @Test func aStartThatHangsIsEndedAndWhatHangsAfterwardsToo() throws {
      let job = try SupervisedJob([
        "trap '' TERM; sleep 60 & sleep 60",
        "sleep 2; step 1; \(Self.killedOnB.replacing("exit 137", with: "sleep 60"))",
        "exit 0",
      ])
      let ended = try job.run(Self.hosts + ["--start-timeout", "3", "--end-timeout", "1"])
      #expect(ended.status == 0 && ended.seconds < 25, "\(ended)")
      let events = try job.events()
      #expect(
        events.contains { $0.hasSuffix("status 71 at step 0, checkpoint of step 0: it did not start within 3 s") })
      #expect(events.contains { $0.hasSuffix("mpirun did not end within 1 s of the job's last words") }, "\(events)")
      #expect(try job.leftovers() == [])
    }

    @Test(arguments: [SIGUSR1, SIGTERM, SIGHUP, SIGINT]) func aStopIsPassedOn(signal: Int32) throws {
      let job = try SupervisedJob(["trap 'exit 75' USR1; step 1; while true; do sleep 0.1; done"])
      let ended = try job.run(["--hosts", "a"]) { supervise in
        whenThere(job.folder.path("runs/job/metrics.jsonl")) { kill(supervise, signal) }
      }
      #expect(ended.status == 75 && !ended.timedOut, "\(ended)")
      #expect(try job.events().last == "attempt 1: stopped on request; start again to go on after step 0")
      #expect(try job.leftovers() == [])
    }

    /// mpirun passes nothing on to ranks that it has not started.
    @Test func aStopBeforeTheFirstStepIsPassedOnAgain() throws {
      let job = try SupervisedJob([
        """
        trap 'touch heard' USR1; touch started
        until [[ -e heard ]]; do sleep 0.1; done
        trap 'exit 75' USR1; step 1; while true; do sleep 0.1; done
        """
      ])
      let ended = try job.run(["--hosts", "a"]) { supervise in
        whenThere(job.folder.path("started")) { kill(supervise, SIGUSR1) }
      }
      #expect(ended.status == 75 && !ended.timedOut, "\(ended)")
    }

    @Test func aSecondInterruptEndsAtOnce() throws {
      let job = try SupervisedJob(["trap '' USR1 TERM; step 1; sleep 60 & while true; do sleep 0.1; done"])
      let ended = try job.run(["--hosts", "a"]) { supervise in
        whenThere(job.folder.path("runs/job/metrics.jsonl")) {
          for _ in 1...2 {
            usleep(500_000)
            kill(supervise, SIGINT)
          }
        }
      }
      #expect(ended.status == 130 && ended.seconds < 15, "\(ended)")
      #expect(try job.leftovers() == [])
    }

    /// Its own death takes mpirun along.
    @Test func nothingGoesOnUnsupervised() throws {
      let job = try SupervisedJob(["step 1; exec sleep 61.5"])
      let ended = try job.run(["--hosts", "a"]) { supervise in
        whenThere(job.folder.path("runs/job/metrics.jsonl")) { kill(supervise, SIGKILL) }
      }
      #expect(ended.status == 137, "\(ended)")
      usleep(200_000)
      #expect(try runProcess(URL(fileURLWithPath: "/bin/sh"), ["-c", "pgrep -fx 'sleep 61.5'"]).output == "")
    }

    @Test(arguments: [
      (["--hosts", "a:0"], "1 to 9999"), (["--hosts", "a,a"], "twice"), ([], "--ranks"),
      (["--ranks", "2", "--hosts", "a"], "host:ranks"),
      (["--hosts", "a", "--restarts", "-1"], "whole number"), (["--hosts", "a", "--wait", "08"], "whole number"),
      (["--hosts", "a", "--nonsense", "1"], "--nonsense"),
    ])
    func badUsageStartsNothing(options: [String], words: String) throws {
      let job = try SupervisedJob(["exit 0"])
      let ended = try job.run(options, environment: ["SLURM_JOB_NODELIST": ""])
      #expect(ended.status == 64 && ended.errors.contains(words), "\(ended)")
      #expect(!job.folder.contents("").contains("calls"))
    }
  }
}
