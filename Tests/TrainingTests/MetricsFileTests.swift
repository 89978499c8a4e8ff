import Foundation
import TestSupport
import Testing
import Training

@Suite struct MetricsFileTests {
  private func step(_ step: Int) -> StepReport {
    var report = ReportTests.step
    report.step = step
    return report
  }

  @Test func eachReportIsALineAtOnce() throws {
    let folder = try TemporaryFolder()
    var file = try MetricsFile(creating: folder.path + "/metrics.jsonl")
    #expect(try folder.text("metrics.jsonl") == "")
    try file.append(ReportTests.step)
    #expect(try folder.text("metrics.jsonl") == ReportTests.step.line() + "\n")
    try file.append(ReportTests.evaluation)
    #expect(try folder.text("metrics.jsonl") == ReportTests.step.line() + "\n" + ReportTests.evaluation.line() + "\n")
    try file.synchronize()
  }

  @Test func creatingBeginsAnew() throws {
    let folder = try TemporaryFolder()
    try DurableFile.write("old\n", to: folder.path + "/metrics.jsonl")
    var file = try MetricsFile(creating: folder.path + "/metrics.jsonl")
    try file.append(step(1))
    #expect(try folder.text("metrics.jsonl") == step(1).line() + "\n")
  }

  /// Stopped at step 6, with the newest checkpoint after step 4: what came later is done again.
  @Test(arguments: ["", "{\"kind\": \"step\", \"step\": 4", "{}"]) func resumingTakesOutWhatCameLater(torn: String)
    throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path + "/metrics.jsonl"
    let reports = try (1...6).map { try step($0).line() + "\n" }
    let evaluation = try ReportTests.evaluation.line().replacing("189", with: "4") + "\n"
    try DurableFile.write(reports[..<4].joined() + evaluation + reports[4...].joined() + torn, to: path)
    var file = try MetricsFile(resuming: path, afterStep: 4)
    #expect(try folder.text("metrics.jsonl") == reports[..<4].joined() + evaluation)
    try file.append(step(5))
    #expect(try folder.text("metrics.jsonl") == reports[..<4].joined() + evaluation + reports[4])
    #expect(try folder.contents() == ["metrics.jsonl"])
  }

  @Test func aTornLineGoesEvenIfItIsComplete() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/metrics.jsonl"
    try DurableFile.write(step(1).line() + "\n" + step(2).line(), to: path)
    _ = try MetricsFile(resuming: path, afterStep: 9)
    #expect(try folder.text("metrics.jsonl") == step(1).line() + "\n")
  }

  @Test func aMissingFileIsEmpty() throws {
    let folder = try TemporaryFolder()
    _ = try MetricsFile(resuming: folder.path + "/metrics.jsonl", afterStep: 4)
    #expect(try folder.text("metrics.jsonl") == "")
  }

  @Test func aMissingFolderIsAnError() throws {
    let error = #expect(throws: OutputError.self) { _ = try MetricsFile(creating: "/no/such/folder/metrics.jsonl") }
    #expect(error?.path == "/no/such/folder/metrics.jsonl" && error?.code == ENOENT)
  }

  /// Lines that a full disk does not take are kept, also half of one, and come before the next.
  @Test(.enabled(if: SmallDisk.isPossible)) func aFullDiskLosesNoLine() throws {
    let disk = try SmallDisk(megabytes: 1)
    var file = try MetricsFile(creating: "\(disk.path)/metrics.jsonl")
    let (filler, lines) = ("\(disk.path)/filler", try (1...40).map { try step($0).line() + "\n" })
    try file.append(step(1))
    #expect(throws: (any Error).self) { try Foundation.Data(count: 2 << 20).write(to: URL(fileURLWithPath: filler)) }
    var failures = 0
    for number in 2...39 {
      do { try file.append(step(number)) } catch is OutputError { failures += 1 }
    }
    #expect(failures > 5)
    try FileManager.default.removeItem(atPath: filler)
    try file.append(step(40))
    #expect(try String(contentsOfFile: "\(disk.path)/metrics.jsonl", encoding: .utf8) == lines.joined())
  }
}
