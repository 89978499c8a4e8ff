import Data
import Glibc
import Testing

/// Archives that are damaged or mean harm: each is an error that names the place, and takes neither time nor memory.
@Suite struct HostileTarTests {
  let folder: TemporaryFolder
  var path: String { folder.path + "/shard.tar" }

  init() throws { folder = try TemporaryFolder() }

  private func expect(
    _ bytes: [UInt8], at offset: Int?, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.file("shard.tar", bytes)
    expectFault(path, at: offset, words[0], from: { try TarShards(path: path) }, sourceLocation: sourceLocation)
    let text = dataError { try TarShards(path: path) }?.description ?? ""
    for word in words { #expect(text.contains(word), "no '\(word)' in \(text)", sourceLocation: sourceLocation) }
  }

  /// One good sample, then what `more` adds.
  private func archive(_ more: (inout TarArchive) -> Void) -> TarArchive {
    var archive = TarArchive()
    archive.addSample("good", [1, 2, 3], label: "0")
    more(&archive)
    return archive
  }
  private static let first = 2048

  @Test func headersThatAreWrong() throws {
    let flipped = archive { $0.add("b.jpg", [1], spoil: { $0[3] ^= 4 }) }
    try expect(flipped.ended, at: Self.first + 148, "checksum")
    let letters = archive { $0.add("b.jpg", [1], change: { $0[130] = 0x41 }) }
    try expect(letters.ended, at: Self.first + 124, "a size from 0 to 2^62", "41")
    let negative = archive {
      $0.add("b.jpg", [1], change: { $0.replaceSubrange(124..<136, with: [UInt8](repeating: 0xFF, count: 12)) })
    }
    try expect(negative.ended, at: Self.first + 124, "a size from 0 to 2^62", "ff ff")
    let huge = archive {
      $0.add(
        "b.jpg", [1], change: { $0.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0x7F, count: 11)) })
    }
    try expect(huge.ended, at: Self.first + 124, "a size from 0 to 2^62")
    let large = archive {
      $0.add(
        "b.jpg", [1],
        change: { $0.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0x3F] + [UInt8](repeating: 0xFF, count: 7)) })
    }
    try expect(large.ended, at: Self.first, "member b.jpg", "ends before the file does", "4611686018427387903")
  }

  @Test func archivesThatAreCutOff() throws {
    let good = archive { $0.addSample("next", [UInt8](repeating: 9, count: 2000), label: "1") }
    try expect(good.bytes, at: good.end, "a block of zeros at the end", "the end of the file")
    try expect(Array(good.ended[..<(good.end + 100)]), at: good.end, "the end of the file")
    try expect(Array(good.bytes[..<3000]), at: Self.first, "member next.jpg", "ends before the file does")
    try expect([], at: 0, "the end of the file")
    // Every length but that of a whole archive is an error. One block of zeros is an end, as other programs have it.
    for length in stride(from: 0, to: good.end + 512, by: 64) {
      try folder.file("shard.tar", Array(good.ended[..<length]))
      #expect(dataError { try TarShards(path: path) } != nil, "\(length) bytes")
    }
    try folder.file("shard.tar", Array(good.ended[..<(good.end + 512)]))
    #expect(try TarShards(path: path).count == 2)
  }

  @Test func whatComesBehindTheEnd() throws {
    let good = archive { _ in }
    try expect(good.ended + good.ended, at: good.end + 1024, "zeros behind the end", "one file holds one archive")
    try expect(good.ended + [UInt8](repeating: 0, count: 2 << 20), at: good.end, "at most 1048576 bytes behind")
    try folder.file("shard.tar", good.ended + [UInt8](repeating: 0, count: 20_000))
    #expect(try TarShards(path: path).count == 1)
  }

  @Test func membersThatAreNoFiles() throws {
    for (type, name) in [
      ("1", "a hard link"), ("2", "a symbolic link"), ("3", "a device"), ("4", "a device"), ("6", "a FIFO"),
      ("Z", "unknown type 90"),
    ] {
      let links = archive { $0.add("b.jpg", type: Character(type), link: "/etc/passwd") }
      try expect(links.ended, at: Self.first, "member b.jpg", "expected a file, got", name)
      try expect(archive { $0.add("b.cls", type: Character(type)) }.ended, at: Self.first, "member b.cls", name)
    }
    try expect(archive { $0.add("b.jpg", [1], type: "S") }.ended, at: Self.first, "files without holes")
    let sparse = archive {
      $0.addPax([("GNU.sparse.major", "1")])
      $0.add("b.jpg", [1])
    }
    try expect(sparse.ended, at: Self.first + 1024, "a sparse file")
  }

  @Test(arguments: ["/etc/x.jpg", "../x.jpg", "a/../../x.jpg", "./../x.cls", ".//../x.jpg"])
  func pathsThatLeadElsewhere(name: String) throws {
    try expect(archive { $0.add(name, [1]) }.ended, at: Self.first, "member \(name)", "without ..", "got \(name)")
  }

  @Test func keysAndRolesTwice() throws {
    let apart = archive {
      $0.addSample("b", [1], label: "0")
      $0.addSample("good", [2], label: "1")
    }
    try expect(apart.ended, at: Self.first + 2048, "the key good again")
    try expect(
      archive {
        $0.add("b.jpg", [1]); $0.add("b.png", [2])
      }.ended, at: Self.first + 1024, "one image", "a second")
    let labels = archive {
      $0.add("b.cls", [0x30]); $0.add("b.cls", [0x31]); $0.add("b.jpg", [2])
    }
    try expect(labels.ended, at: Self.first + 1024, "one label of a kind")
  }

  @Test func samplesThatAreIncomplete() throws {
    try expect(archive { $0.add("b.jpg", [1]) }.ended, at: Self.first, "member b.jpg", "b.cls or b.json", "neither")
    try expect(archive { $0.add("b.cls", [0x30]) }.ended, at: Self.first, "member b.cls", "an image")
    try expect(archive { $0.addSample("b", [], label: "0") }.ended, at: Self.first, "an image of 1 to")
    try folder.file(
      "shard.tar",
      archive {
        $0.add("b.webp", [1]); $0.add("b.cls", [0x30])
      }.ended)
    #expect(
      dataError { try TarShards(path: path) } == .unsupportedFormat(path: path + ", member b.webp", format: "WebP"))
  }

  @Test(arguments: ["", "x", "-1", "1.5", "1 2", "1000000", "99999999999999999999", "0x1", "٣"])
  func labelsThatAreNone(label: String) throws {
    try expect(
      archive { $0.addSample("b", [1], label: label) }.ended, at: Self.first + 1024 + 512, "member b.cls",
      "a whole number from 0 to 999999")
  }

  @Test(arguments: [
    "", "{", "[]", "{}", #"{"label": "3"}"#, #"{"label": -1}"#, #"{"label": 1.0}"#, #"{"label": 1, "label": 2}"#,
  ])
  func documentsWithoutLabel(text: String) throws {
    let json = archive {
      $0.add("b.jpg", [1])
      $0.add("b.json", Array(text.utf8))
    }
    try expect(json.ended, at: Self.first + 1024 + 512, "member b.json", "a whole number from 0 to 999999")
  }

  /// Records that claim to be large are refused before they are read, and large labels too.
  @Test func bombs() throws {
    for type in ["x", "g", "L", "K"] {
      let bomb = archive { $0.add("bomb", [], type: Character(type), size: 1 << 30) }
      try expect(bomb.ended, at: Self.first, "ends before the file does", "1073741824")
      let real = archive { $0.add("bomb", [UInt8](repeating: 0x61, count: 1 << 20 + 1), type: Character(type)) }
      try expect(real.ended, at: Self.first + 512, "at most 1048576 bytes of records")
    }
    let long = archive {
      $0.addPax([("path", String(repeating: "a", count: 5000) + ".jpg")])
      $0.add("b.jpg", [1])
    }
    try expect(long.ended, at: Self.first + 512 + 5120, "a name of at most 4096 bytes")
    let label = archive {
      $0.add("b.jpg", [1])
      $0.add("b.cls", [UInt8](repeating: 0x20, count: 65))
    }
    try expect(label.ended, at: Self.first + 1024 + 512, "at most 64 bytes")
  }

  @Test(arguments: [
    "", "5", "5 ", "x path=a\n", "6 a=b", "7 a=b\n", "3 \n", "99 path=a\n", "-6 a=b\n", "999999999999999999999 a=b\n",
    "10 size=x\n", "11 size=-1\n", "9 path=\n", "30 size=9999999999999999999\n",
  ])
  func recordsThatAreNone(record: String) throws {
    let records = archive {
      $0.add("pax", Array(record.utf8), type: "x")
      $0.addSample("b", [1], label: "0")
    }
    try folder.file("shard.tar", records.ended)
    // No records at all are fine.
    if record.isEmpty { return #expect(try TarShards(path: path).count == 2) }
    try expect(records.ended, at: Self.first + 512, "member pax")
  }

  @Test func recordsThatLead() throws {
    let size = archive {
      $0.addPax([("size", "999999999999999999")])
      $0.add("b.jpg", [1])
    }
    try expect(size.ended, at: Self.first + 1024, "ends before the file does", "999999999999999999")
    try expect(archive { $0.addPax([("path", "a.jpg")]) }.ended, at: Self.first + 1024, "a member after its records")
    try expect(
      archive { $0.addPax([("path", "a.jpg")], type: "g") }.ended, at: Self.first + 512, "without path and size")
  }

  @Test func otherKindsOfFiles() throws {
    try expect([0x1F, 0x8B] + [UInt8](repeating: 3, count: 1022), at: 148, "a tar archive", "gzip data", "gunzip")
    try expect([UInt8](repeating: 0x61, count: 4096), at: 148, "checksum")
    let odd = try folder.folder("odd")
    #expect(mkfifo(odd + "/a.tar", 0o600) == 0)
    try folder.folder("odd/b.tar")
    for (name, kind) in [("a", "got a FIFO"), ("b", "got a folder")] {
      expectFault("\(odd)/\(name).tar", kind) {
        try TarShards(path: "\(odd)/{\(name),c}.tar")
      }
    }
  }

  /// Single flipped bits, keyed by their number: no crash, and the same answer again.
  @Test func flippedBits() throws {
    let good = archive {
      $0.addPax([("path", "long/b.jpg")])
      $0.add("x", [1, 2])
      $0.add("long/b.json", Array(#"{"label": 3}"#.utf8))
    }.ended
    for number in 0..<1000 {
      var bytes = good
      let bit = number &* 2_654_435_761 % (good.count * 8)
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      try folder.file("shard.tar", bytes)
      let outcomes = (0..<2).map { _ in
        (try? TarShards(path: path)).map { "\($0.digest)" } ?? dataError { try TarShards(path: path) }?.description
      }
      #expect(outcomes[0] == outcomes[1], "bit \(bit)")
    }
  }
}
