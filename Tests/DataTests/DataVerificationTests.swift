import Data
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
}
