import Foundation
import Testing
import Training

@Suite struct OutputTests {
  @Test func foldersAreMade() throws {
    let folder = try TemporaryFolder()
    let output = OutputFolder(output: folder.path + "/a//b/", name: "run")
    try output.create()
    try output.create()
    #expect(FileManager.default.isWritableFile(atPath: "\(folder.path)/a/b/run"))
    #expect(OutputFolder(of: try configuration()).metrics == "runs/run/metrics.jsonl")
  }

  @Test func aFileInTheWayIsNamed() throws {
    let folder = try TemporaryFolder()
    try DurableFile.write("", to: folder.path + "/runs")
    let error = #expect(throws: OutputError.self) {
      try OutputFolder(output: folder.path + "/runs", name: "x").create()
    }
    #expect(
      error?.description == "cannot write \(folder.path)/runs: Not a directory (mkdir, errno 20); "
        + "a file is where a folder should be; move it or choose --set output=FOLDER")
  }

  @Test(.enabled(if: getuid() != 0, "root may write everywhere")) func noPermissionIsAnError() throws {
    let folder = try TemporaryFolder()
    chmod(folder.path, 0o555)
    defer { chmod(folder.path, 0o755) }
    let error = #expect(throws: OutputError.self) { try OutputFolder(output: folder.path, name: "x").create() }
    #expect(error?.code == EACCES)
  }

  @Test func filesAreReplacedAsAWhole() throws {
    let folder = try TemporaryFolder()
    try DurableFile.write(String(repeating: "old ", count: 10_000), to: folder.path + "/file")
    try DurableFile.write("new", to: folder.path + "/file")
    #expect(try folder.text("file") == "new")
    #expect(try folder.contents() == ["file"])
  }

  /// /dev/full takes no byte: the old file must stay, and nothing be left beside it.
  @Test func aFullDiskLeavesTheOldFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/file"
    try DurableFile.write("old", to: path)
    try FileManager.default.createSymbolicLink(atPath: path + ".partial", withDestinationPath: "/dev/full")
    let error = #expect(throws: OutputError.self) { try DurableFile.write("new", to: path) }
    #expect(
      error?.description == "cannot write \(path): No space left on device (write, errno 28); "
        + "make room, or choose another folder with --set output=FOLDER")
    #expect(try folder.text("file") == "old")
    #expect(try folder.contents() == ["file"])
  }

  @Test func aTargetThatIsAFolderLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    #expect(throws: OutputError.self) { try DurableFile.write("new", to: folder.path) }
    #expect(!FileManager.default.fileExists(atPath: folder.path + ".partial"))
  }

  @Test func lockAndResultAreWritten() throws {
    let folder = try TemporaryFolder()
    let output = OutputFolder(output: folder.path, name: "run")
    let run = try configuration()
    try output.create()
    try output.removeResult()
    try output.write(run)
    #expect(try RunConfiguration(file: output.configuration) == run)
    let result = RunResult(name: "run", steps: 1, epochs: 0, seconds: 1, evaluation: ReportTests.evaluation)
    try output.write(result)
    #expect(try RunResult(json: folder.text("run/result.json")) == result)
    try output.removeResult()
    #expect(try folder.contents() == ["run"] && !FileManager.default.fileExists(atPath: output.result))
  }

  @Test func statusesAreThoseOfTheDocuments() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 64, 65, 66, 70, 71, 73, 75])
  }
}
