import Data
import Dispatch
import Synchronization
import Testing

@Suite struct DataVerificationTests {
  /// Damage that no crop might show is found, each file once and in order, on any number of threads.
  @Test(arguments: [1, 3]) func everyDamagedFileIsNamed(threads: Int) throws {
    let folder = try TemporaryFolder()
    let whole = try Fixtures.bytes("rgb.jpg")
    for index in 0..<9 { try folder.file("a/\(index).jpg", whole) }
    try folder.file("a/2.jpg", Array(whole.dropLast(40)))
    try folder.file("a/5.jpg", Fixtures.bytes("text.jpg"))
    try folder.file("a/7.png", Array(Fixtures.bytes("png/2-8.png").dropLast()))
    let tree = try FolderTree(root: folder.path)
    let done = Atomic(0)
    let report = try verify(tree, DecodingOptions(), threads: threads) { _ in
      done.wrappingAdd(1, ordering: .relaxed)
    }
    let faults = report.faults
    let names = ["2.jpg", "5.jpg", "7.png"]
    #expect(faults.count == 3 && report.skipped == 0 && done.load(ordering: .relaxed) == 10)
    for (fault, name) in zip(faults, names) { #expect("\(fault)".hasPrefix("\(folder.path)/a/\(name): ")) }
  }

  @Test func stopsWhenTold() throws {
    struct Stop: Error {}
    let data = SyntheticDataSet(count: 1000, classes: 2, size: PixelSize(width: 4, height: 4))
    #expect(throws: Stop.self) { try verify(data, DecodingOptions(), threads: 2) { _ in throw Stop() } }
  }

  /// Pixels, but for samples of which the read does not come back until `gate` opens.
  private struct SlowSamples: DataSet {
    let gate = DispatchSemaphore(value: 0)
    let slow: Set<Int>
    let count = 12
    let classes = ["a"]

    func label(of sample: Int) -> Int { 0 }
    func name(of sample: Int) -> String { "sample \(sample)" }

    func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
      if slow.contains(sample) { gate.wait() }
      _ = bytes.resize(to: 3)
      return .rgb(PixelSize(width: 1, height: 1))
    }
  }

  /// A read that does not come back keeps nobody: the others are looked at as long as there is a thread for them.
  @Test(.timeLimit(.minutes(1))) func readsThatDoNotComeBackAreNamed() throws {
    let one = SlowSamples(slow: [4])
    let report = try verify(one, DecodingOptions(), threads: 2, timeout: 0.3) { _ in }
    #expect(report.faults == [.notReadInTime(path: "sample 4", seconds: 0.3)] && report.skipped == 0)
    let all = SlowSamples(slow: [2, 5])
    let rest = try verify(all, DecodingOptions(), threads: 2, timeout: 0.3) { _ in }
    #expect(rest.faults.count == 2 && rest.skipped == 12 - 2 - 4, "\(rest)")
    #expect(rest.faults.last?.description.contains("sample 5: reading it has taken more than 0.3 s") == true)
    // What comes in time is waited for.
    let late = SlowSamples(slow: [3])
    let gate = late.gate
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.4) { gate.signal() }
    #expect(try verify(late, DecodingOptions(), threads: 2, timeout: 20) { _ in }.faults == [])
    for gate in [one.gate, all.gate, all.gate] { gate.signal() }
  }
}
