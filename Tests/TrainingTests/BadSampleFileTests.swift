import Foundation
import Testing
import Training

@Suite struct BadSampleFileTests {
  private func report(_ sample: Int, step: Int = 3) -> BadSampleReport {
    BadSampleReport(
      sample: sample, path: "t/\(sample).jpg", reason: "t/\(sample).jpg: damaged", substitute: "t/\(sample + 1).jpg",
      step: step)
  }

  @Test func anImageIsListedOnceAlsoAfterAResume() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/bad-samples.jsonl"
    var lines = ""
    do {
      var file = try BadSampleFile(creating: path)
      #expect(!FileManager.default.fileExists(atPath: path))
      #expect(try file.append([report(5), report(2), report(5, step: 4)]) == [report(5), report(2)])
      #expect(try file.append([report(2, step: 9)]).isEmpty)
      #expect(file.count == 2)
      lines = try report(5).json().line + "\n" + report(2).json().line + "\n"
      #expect(try folder.text("bad-samples.jsonl") == lines)
    }
    var resumed = try BadSampleFile(resuming: path)
    #expect(resumed.count == 2)
    #expect(try resumed.append([report(5, step: 20), report(7)]) == [report(7)])
    #expect(try folder.text("bad-samples.jsonl") == lines + report(7).json().line + "\n")
    #expect(try BadSampleFile(creating: path).count == 0)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// A machine that stopped may have left half a line; what is listed next must stand on a line of its own.
  @Test func aTornLineIsTakenOut() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/bad-samples.jsonl"
    let whole = try report(1).json().line + "\n"
    try DurableFile.write(whole + "{\"sample\": 2, \"pa", to: path)
    var file = try BadSampleFile(resuming: path)
    #expect(file.count == 1)
    #expect(try file.append([report(2)]) == [report(2)])
    #expect(try folder.text("bad-samples.jsonl") == whole + report(2).json().line + "\n")
  }

  @Test func nothingToResume() throws {
    let folder = try TemporaryFolder()
    let file = try BadSampleFile(resuming: folder.path + "/bad-samples.jsonl")
    #expect(file.count == 0)
  }
}
