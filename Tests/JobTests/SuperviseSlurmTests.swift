import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// `launch/supervise` inside a Slurm job, with fakes of Slurm's programs and of mpirun.
  @Suite(.serialized) struct SuperviseSlurmTests {
    private static let environment = [
      "SLURM_JOB_NODELIST": "n[1-2,4]", "SLURM_TASKS_PER_NODE": "3(x2),2", "SLURM_JOB_ID": "17",
    ]
    private static let stopsWithCheckpoint = [
      "trap 'checkpoint 7; exit 75' USR1; step 1; while true; do sleep 0.1; done"
    ]
    private static let requeued = "requeue 17"

    /// - Parameters:
    ///   - state, reason, left: what squeue says of the job.
    ///   - squeue: a program in place of the one that says so.
    private func job(
      _ attempts: [String], state: String = "RUNNING", reason: String = "None", left: String = "1:00:00",
      squeue: String? = nil
    ) throws -> SupervisedJob {
      let job = try SupervisedJob(attempts)
      try job.script("scontrol", "echo \"$*\" >>asked; if [[ $1 == show ]]; then printf 'n1\\nn2\\nn4\\n'; fi")
      try job.script("srun", "[[ \"$*\" == *--nodelist=n?' true' ]]")
      let answer = """
        format=${!#}
        format=${format/'%T'/\(state)} format=${format/'%r'/\(reason)}
        echo "${format/'%L'/\(left)}"
        """
      try job.script("squeue", squeue ?? answer)
      return job
    }

    /// Runs it to a signal in its first attempt, and to its end.
    private func stop(_ job: SupervisedJob, _ signals: Int32...) throws -> ProcessOutcome {
      try job.run(["--requeue"], environment: Self.environment) { supervise in
        whenThere(job.folder.path("runs/job/metrics.jsonl")) {
          for signal in signals { kill(supervise, signal) }
        }
      }
    }

    private func asked(_ job: SupervisedJob) throws -> [String] { try job.lines("asked") }

    @Test func slurmTellsTheHostsAndIsAskedToRequeue() throws {
      let job = try job(["checkpoint 5; exit 75"])
      let ended = try job.run(["--requeue"], environment: Self.environment)
      #expect(ended.status == 75, "\(ended)")
      #expect(try job.calls().first?.contains("--host n1:3,n2:3,n4:2 -np 8 ") == true)
      #expect(try asked(job) == ["show hostnames n[1-2,4]", Self.requeued])
    }

    @Test func aPauseIsRequeued() throws {
      let job = try job(Self.stopsWithCheckpoint)
      let ended = try stop(job, SIGUSR1)
      #expect(try ended.status == 75 && asked(job).last == Self.requeued, "\(ended)")
    }

    /// Slurm ends a job by SIGTERM to all its processes; one that came back then could hardly be got rid of.
    @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func anEndIsNotRequeued(signal: Int32) throws {
      let job = try job(Self.stopsWithCheckpoint, state: "COMPLETING", reason: "TimeLimit", left: "0:09")
      let ended = try stop(job, signal)
      #expect(try ended.status == 75 && !asked(job).contains(Self.requeued), "\(ended)")
      let events = try job.events().joined(separator: "\n")
      #expect(events.contains("; Slurm says COMPLETING (TimeLimit), 0:09 left\n"), "\(events)")
      #expect(events.contains("stopped on request; start again to go on after step 7\n"), "\(events)")
      #expect(events.contains(/Slurm is not asked to put the job back.*: SIG\w+ asks for an end/), "\(events)")
    }

    /// Also where it comes while the checkpoint for the pause is being written.
    @Test func anEndAfterAPauseIsNotRequeued() throws {
      let slow = "trap 'sleep 2; checkpoint 7; exit 75' USR1; step 1; while true; do sleep 0.1; done"
      let job = try job([slow])
      let ended = try job.run(["--requeue"], environment: Self.environment) { supervise in
        whenThere(job.folder.path("runs/job/metrics.jsonl")) {
          kill(supervise, SIGUSR1)
          usleep(500_000)
          kill(supervise, SIGTERM)
        }
      }
      #expect(try ended.status == 75 && !asked(job).contains(Self.requeued), "\(ended)")
      #expect(try job.events().contains { $0.contains("asked to stop by SIGTERM; Slurm says RUNNING") }, "\(ended)")
    }

    /// As after `scontrol requeue` of somebody else, where ranks have heard of it first.
    @Test func whatSlurmEndsAlreadyIsNotRequeued() throws {
      let job = try job(["checkpoint 5; exit 75"], state: "COMPLETING")
      let ended = try job.run(["--requeue"], environment: Self.environment)
      #expect(try ended.status == 75 && !asked(job).contains(Self.requeued), "\(ended)")
      #expect(ended.errors.contains("Slurm is ending the job already (COMPLETING)"), "\(ended)")
    }

    /// It is asked in the 30 seconds that Slurm gives a job to end in.
    @Test func aSlurmThatDoesNotAnswerHoldsNothing() throws {
      let job = try job(Self.stopsWithCheckpoint, squeue: "trap '' TERM; sleep 100 & sleep 100")
      let ended = try stop(job, SIGTERM)
      #expect(ended.status == 75 && ended.seconds < 20, "\(ended)")
      #expect(try job.events().contains { $0.hasSuffix("asked to stop by SIGTERM") }, "\(ended)")
      #expect(try job.leftovers() == [])
    }

    /// A job whose signal comes before its first step would go round for ever.
    @Test func withoutProgressItIsNotRequeued() throws {
      let job = try job(["trap 'exit 75' USR1; step 6; while true; do sleep 0.1; done"])
      try FileManager.default.createDirectory(
        atPath: job.folder.path(job.folder.checkpoint("job", step: 5)), withIntermediateDirectories: true)
      let ended = try stop(job, SIGUSR1)
      #expect(try ended.status == 75 && !asked(job).contains(Self.requeued), "\(ended)")
      #expect(ended.errors.contains("no newer checkpoint than at this job's start"), "\(ended)")
    }

    /// Slurm may send the signal a minute earlier than it was told.
    @Test(arguments: [
      ("2:59", true), ("0:30", true), ("3:00", false), ("1-00:00:10", false), ("1:00:00", false), ("UNLIMITED", false),
    ])
    func tooLittleTimeIsWarnedOf(left: String, isLittle: Bool) throws {
      let job = try job(["exit 0"], left: left)
      let ended = try job.run(["--requeue", "--lead", "120"], environment: Self.environment)
      #expect(ended.status == 0, "\(ended)")
      #expect(ended.errors.contains("warning: the Slurm job has \(left) left") == isLittle, "\(ended)")
    }

    /// mpirun's srun waits for what a step on a silent host still holds, wherever the hosts' names come from.
    @Test(arguments: [[], ["--hosts", "n1,n2"]]) func stepsMayOverlap(options: [String]) throws {
      let job = try job(["echo \"${SLURM_OVERLAP:-none}\" >overlap; exit 0"])
      let ended = try job.run(options, environment: Self.environment)
      #expect(try ended.status == 0 && job.lines("overlap") == ["1"], "\(ended)")
    }

    /// The number of an array is that of one of its jobs, too.
    @Test func oneJobOfAnArrayIsRequeuedAlone() throws {
      let job = try job(["checkpoint 5; exit 75"])
      let array = Self.environment.merging(["SLURM_ARRAY_JOB_ID": "17", "SLURM_ARRAY_TASK_ID": "3"]) { $1 }
      let ended = try job.run(["--requeue"], environment: array)
      #expect(try ended.status == 75 && asked(job).last == "requeue 17_3", "\(ended)")
    }
  }
}
