import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// What comes in by pipes and what goes out to files that cannot take it.
  @Suite(.serialized) struct StreamTests {
    private let folder: JobFolder

    init() throws {
      folder = try JobFolder()
      let short = JobFolder.configuration.replacing("\"epochs\": 4", with: "\"steps\": 2")
      try folder.write(short, to: "job.json")
    }

    private func shell(_ line: String) throws -> ProcessOutcome { try folder.shell(line) }

    /// Threads that must sleep make the program start itself again, and read its configuration again.
    @Test(arguments: [
      "$program <(cat job.json)", "cat job.json | $program /dev/stdin", "cat job.json | $program /proc/self/fd/0",
      "mkfifo c.json; cat job.json >c.json & $program c.json",
      "cat job.json | mpirun -np 2 --oversubscribe --bind-to none $program /dev/stdin --set threads_per_rank=2",
      "mkfifo c.json; cat job.json >c.json & mpirun -np 3 --oversubscribe --bind-to none $program c.json",
      "printf '\\xef\\xbb\\xbf' | cat - job.json >marked.json; $program marked.json",
    ]) func aConfigurationIsReadOnce(line: String) throws {
      let outcome = try shell(line)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(FileManager.default.fileExists(atPath: folder.path("runs/job/result.json")))
    }

    @Test func whatCannotBeSeenIsNamed() throws {
      let outcome = try shell("printf '\\xe2\\x80\\x8b{}' >space.json; $program plan space.json")
      #expect(outcome.status == 64 && outcome.errors.contains("got U+200B (ZERO WIDTH SPACE)"), "\(outcome)")
      let wide = try shell("iconv -t UTF-16 job.json >wide.json; $program plan wide.json")
      #expect(wide.status == 64 && wide.errors.contains("UTF-16: save it as UTF-8"), "\(wide)")
    }

    @Test func aResultThatNobodyGetsIsAFailure() throws {
      try #require(try shell("$program job.json").status == 0)
      for command in [
        "plan job.json", "plan job.json --json", "data index job.json", "data verify job.json",
        "checkpoint list runs/job --json", "checkpoint show runs/job", "evaluate job.json --checkpoint runs/job",
        "bench job.json --steps 1 --warmup 0", "bench-data job.json", "--help",
        "bench-collectives --bytes 4096 --repetitions 1",
      ] {
        let outcome = try shell("$program \(command) >/dev/full")
        #expect(outcome.status == 73, "\(command): \(outcome)")
        #expect(outcome.errors.contains("standard output could not be written"), "\(command): \(outcome)")
      }
      // Who looks at a part alone has lost nothing, and standard error may be gone.
      #expect(try shell("$program plan job.json | head -n 1").status == 0)
      #expect(try shell("$program plan nowhere.json 2>/dev/full").status == 64)
      #expect(try shell("$program plan job.json >/dev/null 2>&-").status == 0)
      #expect(try shell("$program plan job.json >&-").status == 73)
      // Nothing gets the number of a stream that is closed, and what is printed.
      let closed = try shell(
        "$program job.json --set name=closed <&- >&- 2>&-; echo $?; $program checkpoint verify runs/closed")
      #expect(closed.status == 0 && closed.output.hasPrefix("0\n"), "\(closed)")
    }

    /// A name from a configuration or of a file cannot move a terminal's cursor.
    @Test func controlCharactersAreShownAsNumbers() throws {
      let named = try shell(#"$program plan job.json --set 'name="x\n\u001b[31m"'"#)
      #expect(named.status == 64 && named.errors.contains(#"got "x\n\u001b[31m""#), "\(named)")
      let missing = try shell(#"$program plan $'x\e[31m.json'"#)
      #expect(missing.status == 64 && missing.errors.contains(#"x\x1b[31m.json: cannot be read"#), "\(missing)")
      for outcome in [named, missing] { #expect(!outcome.errors.contains("\u{1B}"), "\(outcome)") }
    }

    @Test(arguments: ["~/runs", "$HOME/runs", "${HOME}/runs", "a/$USER/b"]) func pathsForTheShell(path: String) throws {
      let outcome = try shell("$program plan job.json --set 'output=\(path)'")
      #expect(outcome.status == 64 && outcome.errors.contains("are not replaced here"), "\(outcome)")
    }
  }
}
