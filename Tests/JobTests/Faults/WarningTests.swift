import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// What whoever starts a run should know of it, said once, before the first step or after the last.
  @Suite(.serialized) struct WarningTests {
    private let folder: JobFolder

    init() throws {
      folder = try JobFolder()
      let short = JobFolder.configuration.replacing("\"epochs\": 4", with: "\"steps\": 2")
      try folder.write(short, to: "job.json")
    }

    private func shell(_ line: String) throws -> ProcessOutcome { try folder.shell(line) }

    @Test func anEndOfTheAllocationThatHasPassedIsIgnored() throws {
      let outcome = try shell("SLURM_JOB_END_TIME=1 $program job.json")
      #expect(
        outcome.status == 0 && outcome.errors.contains("SLURM_JOB_END_TIME (1970-01-01T00:00:01Z) has passed"),
        "\(outcome)")
    }

    /// Every stop says why.
    @Test(arguments: [("wall_seconds", "limits.wall_seconds (60.5 s"), ("slurm", "the end of the Slurm allocation")])
    func limitsOfTimeAreNamed(limit: String, words: String) throws {
      let long = "job.json --set steps=100000 --set batch.global=2"
      let outcome =
        limit == "slurm"
        ? try shell("SLURM_JOB_END_TIME=$(($(date +%s) + 62)) $program \(long)")
        : try shell("$program \(long) --set limits.wall_seconds=60.5")
      #expect(outcome.status == 75 && outcome.errors.contains("of 100000, by \(words)"), "\(outcome)")
    }

    /// mpirun binds one rank to one core, unless it is told otherwise.
    @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1)) func aBindingIsNamed() throws {
      let outcome = try shell("mpirun -np 1 $program job.json")
      let cores = ProcessInfo.processInfo.activeProcessorCount
      #expect(outcome.status == 0, "\(outcome)")
      for word in ["is bound to", "of the host's \(cores) processors", "--map-by slot:PE=\(cores)", "launch/local"] {
        #expect(outcome.errors.contains(word), "\(outcome)")
      }
    }

    /// 50 images in batches of 7, of 32 pixels, leave one image for BatchNorm over 1x1.
    @Test func aBatchOfOneValueIsSaid() throws {
      let one = "job.json --set batch.global=7 --set data.image_size=32"
      let words =
        "in step 8 of each epoch, the last, the batch is a single image, and BatchNorm sees 1x1 of it at layer4.0.bn1"
      let run = try shell("mpirun -np 2 --oversubscribe --bind-to none $program \(one) --set threads_per_rank=1")
      #expect(run.status == 0 && run.errors.split(separator: words).count == 2, "\(run)")
      let plan = try shell("$program plan \(one)")
      #expect(plan.status == 0 && plan.output.contains("Warning: \(words)"), "\(plan)")
      #expect(try !shell("$program plan job.json --set batch.global=7").output.contains("Warning"))
    }
  }
}
