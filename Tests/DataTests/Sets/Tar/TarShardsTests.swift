import Data
import Testing

/// What is read from archives as they should be.
@Suite struct TarShardsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ archive: TarArchive, to name: String) throws { try folder.file(name, archive.ended) }

  private func bytes(_ set: TarShards, _ sample: Int) throws -> [UInt8] {
    var bytes = ByteBuffer()
    #expect(try set.read(sample, into: &bytes) == .encoded)
    return Array(bytes.bytes)
  }

  private func keys(_ set: TarShards) -> [String] {
    (0..<set.count).map { String(set.name(of: $0).split(separator: ", ")[1].dropFirst("sample ".count)) }
  }

  /// Three archives of 3, 1 and 2 samples with images of different bytes and lengths.
  private func writeThree() throws {
    var first = TarArchive()
    first.addSample("a/001", [1, 2, 3], label: "2")
    first.addSample("a/002", [4], label: " 0\n")
    first.addSample("b.d/003", [UInt8](repeating: 5, count: 600), label: "1")
    try write(first, to: "t-08.tar")
    var second = TarArchive()
    second.addSample("001", [6, 7], label: "1")
    try write(second, to: "t-09.tar")
    var third = TarArchive()
    third.addSample("x", [8], label: "0")
    third.addSample("y", [9], label: "2")
    try write(third, to: "t-10.tar")
  }

  @Test(arguments: ["", "/t-{08..10}.tar", "/t-{08,09,10}.tar"])
  func samplesAreNumberedByShard(pattern: String) throws {
    try writeThree()
    let set = try TarShards(path: folder.path + pattern)
    #expect(set.count == 6 && set.shardSizes == [3, 1, 2] && set.classes == ["0", "1", "2"])
    #expect((0..<6).map { set.label(of: $0) } == [2, 0, 1, 1, 0, 2])
    #expect(keys(set) == ["a/001", "a/002", "b.d/003", "001", "x", "y"])
    #expect(try bytes(set, 0) == [1, 2, 3])
    #expect(try bytes(set, 2) == [UInt8](repeating: 5, count: 600))
    #expect(try (3..<6).map { try bytes(set, $0) } == [[6, 7], [8], [9]])
    #expect(set.name(of: 1) == "\(folder.path)/t-08.tar, sample a/002, byte 2560")
    #expect(set.classCounts == [2, 2, 2] && set.notes == [])
  }

  @Test func theOrderOfThePatternCounts() throws {
    try writeThree()
    let set = try TarShards(path: folder.path + "/t-{10,08}.tar")
    #expect(keys(set) == ["x", "y", "a/001", "a/002", "b.d/003"])
    let other = try TarShards(path: folder.path + "/t-{08,10}.tar")
    #expect(set.digest != other.digest && set.classCounts == other.classCounts)
  }

  /// `.png` and `.jpeg` in any case; a label in JSON; members of other endings beside them; folders.
  @Test func endingsAndLabels() throws {
    var archive = TarArchive()
    archive.add("./", type: "5")
    archive.add("./a.JPEG", [1])
    archive.add("./a.txt", [0])
    archive.add("./a.json", Array(#"{"cls": 4, "label": 3}"#.utf8))
    archive.add("./b.seg.png", [2])
    archive.add("./b.json", Array(#"{"x": [1.5], "cls": 1}"#.utf8))
    archive.add("./b.png", [3, 3])
    archive.add("./c.cls", Array("2".utf8))
    archive.add("./c.json", Array("no JSON, and no need for it".utf8))
    archive.add("./c.jpg", [4])
    archive.add("README", Array("hello".utf8))
    archive.add("._d.jpg", [5])
    archive.add("notes.md", [6])
    try write(archive, to: "one.tar")
    let set = try TarShards(path: folder.path + "/one.tar")
    #expect(keys(set) == ["a", "b", "c"])
    #expect((0..<3).map { set.label(of: $0) } == [3, 1, 2])
    #expect(try (0..<3).map { try bytes(set, $0) } == [[1], [3, 3], [4]])
    #expect(set.ignoredFiles == 5 && set.classes.count == 4)
    #expect(set.notes.first == "\(folder.path)/one.tar: 5 members are no images or labels and are ignored")
    #expect(
      set.notes.count == 2 && set.notes[1].contains("labels seem to begin at 1 (there are 1 to 3, and none of 0)"))
  }

  @Test func longNamesAndSizesInRecords() throws {
    let long = String(repeating: "abcdefgh/", count: 30) + "k"
    var archive = TarArchive()
    archive.addPax([("comment", "of all"), ("mtime", "1.5")], type: "g")
    archive.addPax([("path", long + "1.jpg"), ("size", "700"), ("uid", "99999999999999999999")])
    archive.add("short", [UInt8](repeating: 7, count: 700), size: 0)
    archive.addPax([("path", long + "1.cls")])
    archive.add("short", Array("1".utf8))
    archive.add("././@LongLink", Array((long + "2.jpg\0").utf8), type: "L")
    archive.add("././@LongLink", Array("a link's target\0".utf8), type: "K")
    archive.add("cut", [8])
    archive.add("././@LongLink", Array((long + "2.cls\0").utf8), type: "L")
    archive.add("cut", Array("0".utf8))
    // A prefix, and a size as GNU writes sizes of 8 GiB and more.
    archive.add("3.jpg", [9, 9], change: { $0.replaceSubrange(345..<350, with: Array("where".utf8)) })
    archive.add(
      "3.cls", Array("2".utf8),
      change: { header in
        header.replaceSubrange(345..<350, with: Array("where".utf8))
        header.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0, count: 10) + [1])
      })
    try write(archive, to: "one.tar")
    let set = try TarShards(path: folder.path + "/one.tar")
    #expect(keys(set) == [long + "1", long + "2", "where/3"])
    #expect((0..<3).map { set.label(of: $0) } == [1, 0, 2])
    #expect(try bytes(set, 0) == [UInt8](repeating: 7, count: 700))
    #expect(try bytes(set, 1) == [8] && bytes(set, 2) == [9, 9])
  }

  /// In GNU's older format the place of POSIX's prefix holds times.
  @Test func olderGNUHeadersHaveNoPrefix() throws {
    var archive = TarArchive()
    for (ending, data) in [("jpg", [UInt8(1)]), ("cls", Array("0".utf8))] {
      archive.add(
        "a.\(ending)", data,
        change: { header in
          header.replaceSubrange(257..<265, with: Array("ustar  \0".utf8))
          header.replaceSubrange(345..<356, with: Array("14512341234".utf8))
        })
    }
    try write(archive, to: "one.tar")
    #expect(keys(try TarShards(path: folder.path + "/one.tar")) == ["a"])
  }

  @Test func aLinkThatIsNoSampleIsIgnored() throws {
    var archive = TarArchive()
    archive.add("latest", type: "2", link: "/etc/passwd")
    archive.add("device.bin", type: "3")
    archive.add("pipe.x", type: "6")
    archive.add("odd.y", [1, 2], type: "Z")
    archive.addSample("a", [1], label: "0")
    try write(archive, to: "one.tar")
    let set = try TarShards(path: folder.path + "/one.tar")
    #expect(set.count == 1 && set.ignoredFiles == 4)
  }

  @Test func namesOfClassesStandBeside() throws {
    try writeThree()
    try folder.file("classes.txt", Array("ant\nbee\ncat\ndog\n".utf8))
    let set = try TarShards(path: folder.path)
    #expect(set.classes == ["ant", "bee", "cat", "dog"] && set.classCounts == [2, 2, 2, 0])
    try folder.file("classes.json", Array(#"["ant", "bee"]"#.utf8))
    expectFault(folder.path + "/t-08.tar", at: 512, "sample a/001", "2 classes", "got 2") {
      try TarShards(path: folder.path)
    }
    expectFault(folder.path, "the classes of the training set") {
      try TarShards(path: folder.path, classes: ["ant", "bee", "cat"])
    }
  }

  @Test func validationHasTheClassesOfTraining() throws {
    try writeThree()
    #expect(try TarShards(path: folder.path, classes: ["a", "b", "c", "d"]).classes == ["a", "b", "c", "d"])
    expectFault(folder.path + "/t-08.tar", at: 512, "2 classes") {
      try TarShards(path: folder.path, classes: ["a", "b"])
    }
  }

  @Test func nothingToRead() throws {
    expectFault(folder.path, "*.tar") { try TarShards(path: folder.path) }
    expectFault(folder.path + "/no.tar", "No such file") { try TarShards(path: folder.path + "/no.tar") }
    try folder.file("empty.tar", [UInt8](repeating: 0, count: 10_240))
    expectFault(folder.path, "samples in the 1 archives") { try TarShards(path: folder.path) }
    expectFault(folder.path + "/t-{5..2}.tar", "ascending range") {
      try TarShards(path: folder.path + "/t-{5..2}.tar")
    }
    expectFault("{0..9999999}.tar", "1000000 files") { try TarShards(path: "{0..9999999}.tar") }
  }
}
