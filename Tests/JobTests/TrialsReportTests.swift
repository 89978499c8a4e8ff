import Foundation
import TestSupport
import Testing

/// benchmarks/trials_report.py, which keeps the report of `launch/test --long`.
@Suite struct TrialsReportTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../benchmarks/trials_report.py").standardizedFileURL

  /// Lines of one fault and observable are added up; rows that did not run stay.
  @Test func rowsThatRanAreReplaced() throws {
    let folder = try JobFolder(images: false)
    func report(_ results: String) throws -> ProcessOutcome {
      try folder.write(results, to: "results")
      return try runProcess(
        Self.script, ["--command", "launch/test --long", folder.path("results"), folder.path("report.md")])
    }
    func line(_ fault: String, _ trials: Int, _ passed: Int, note: String = "") -> String {
      #"{"fault":"\#(fault)","observable":"a|b","trials":\#(trials),"passed":\#(passed),"note":"\#(note)"}"# + "\n"
    }
    func rows() throws -> [String] {
      try String(contentsOfFile: folder.path("report.md"), encoding: .utf8).split(separator: "\n").map(String.init)
        .filter { $0.hasSuffix(" |") && !$0.contains("---") }.dropFirst().map { $0 }
    }

    let first = try report(line("kill", 1000, 1000, note: "x") + line("stop", 5, 5) + line("kill", 500, 500))
    #expect(first.status == 0, "\(first)")
    #expect(try rows() == ["| kill | a/b | 1,500 | 1,500 | x | 1 |", "| stop | a/b | 5 | 5 |  | 1 |"])

    let second = try report(line("stop", 7, 6))
    #expect(second.status == 1 && second.output.contains("FAILED: stop: 6 of 7"), "\(second)")
    #expect(try rows() == ["| kill | a/b | 1,500 | 1,500 | x | 1 |", "| stop | a/b | 7 | 6 |  | 2 |"])

    let none = try report("")
    #expect(none.status == 1, "\(none)")
    #expect(try rows().count == 2)
  }
}
