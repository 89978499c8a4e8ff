import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// `launch/supervise` is stopped together with all that it has started, for longer than a deadline that is running.
  @Suite(.serialized) struct SupervisePauseTests {
    /// Work that takes its time awake: a sleep goes on while a process is stopped.
    private static let work = "for ((i = 0; i < 15; i++)); do sleep 0.1; done"

    /// Stops it six seconds long once `path` is there.
    private func pause(_ supervise: pid_t, whenThere path: String) {
      JobTests.whenThere(path) {
        usleep(300_000)  // until the deadline is running
        let all = family(of: supervise)
        for process in all { kill(process, SIGSTOP) }
        sleep(6)
        for process in all { kill(process, SIGCONT) }
      }
    }

    @Test func aStartIsNotOverdue() throws {
      let job = try SupervisedJob(["touch begun; \(Self.work); step 1; exit 0"])
      let ended = try job.run(["--hosts", "a", "--start-timeout", "5"]) {
        pause($0, whenThere: job.folder.path("begun"))
      }
      #expect(try ended.status == 0 && ended.seconds > 6 && job.calls().count == 1, "\(ended)")
    }

    @Test func anEndIsNotOverdue() throws {
      let words = "mpirun noticed that process rank 0 with PID 0 on node a exited on signal 9 (Killed)."
      let job = try SupervisedJob(["step 1; echo '\(words)' >&2; touch said; \(Self.work); exit 137", "exit 0"])
      let ended = try job.run(["--hosts", "a", "--end-timeout", "5"]) {
        pause($0, whenThere: job.folder.path("said"))
      }
      #expect(ended.status == 0 && ended.seconds > 6, "\(ended)")
      #expect(try job.events().contains("attempt 1: ended with status 137 at step 1, checkpoint of step 0"), "\(ended)")
    }

    @Test func aProbeIsNotOverdue() throws {
      let job = try SupervisedJob(["exit 0"])
      try job.script("agent", "touch probing; \(Self.work)")
      let ended = try job.run(["--hosts", "a", "--probe-timeout", "5"]) {
        pause($0, whenThere: job.folder.path("probing"))
      }
      #expect(ended.status == 0 && ended.seconds > 6, "\(ended)")
      #expect(!ended.errors.contains("cannot be reached"), "\(ended)")
    }

    /// The rest of it is still waited for: what was wrong may have been stopped as well.
    @Test func aWaitGoesOn() throws {
      let job = try SupervisedJob(["touch failed; exit 71", "exit 0"])
      let ended = try job.run(["--hosts", "a", "--wait", "5"]) { pause($0, whenThere: job.folder.path("failed")) }
      #expect(ended.status == 0 && ended.seconds > 8, "\(ended)")
    }

    /// `cluster/virtual run` gives mpirun five seconds to end once it is told to.
    @Test func aVirtualRunIsNotOverdue() throws {
      let folder = try JobFolder(images: false)
      let package = SupervisedJob.script.deletingLastPathComponent().deletingLastPathComponent().path
      let watch = """
        source '\(package)/launch/lib/clock.sh'; source '\(package)/cluster/lib/virtual-run.sh'
        { \(Self.work); } & mpirun=$!
        told=TERM; touch begun; watch_mpirun 2; echo "hung: $hung"
        """
      let ended = try runProcess(URL(fileURLWithPath: "/bin/bash"), ["-c", watch], directory: folder.url) {
        pause($0, whenThere: folder.path("begun"))
      }
      #expect(ended.output == "hung: false\n" && ended.seconds > 6, "\(ended)")
    }
  }
}

/// A process and all that it has started, itself first: nothing new appears once it is stopped.
private func family(of process: pid_t) -> [pid_t] { [process] + children(of: process).flatMap(family) }
