import Data
import Foundation
import Synchronization
import Testing

@Suite struct ShardPackerTests {
  let folder: TemporaryFolder
  var out: String { folder.path + "/out" }

  init() throws { folder = try TemporaryFolder() }

  /// A tree of real images: 3 classes, 11 images of different sizes.
  private func makeTree() throws -> FolderTree {
    let encoder = try JPEGEncoder()
    for number in 0..<11 {
      let (width, height) = (40 + 3 * number, 70 - 2 * number)
      let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 50) }
      try folder.file(
        "tree/\(["ant", "bee", "cat"][number % 3])/x.\(number) é.jpg",
        encoder.encode(pixels, width: width, height: height))
    }
    return try FolderTree(root: folder.path + "/tree")
  }

  private func pack(_ tree: FolderTree, _ options: PackOptions, threads: Int = 2, to out: String? = nil) throws -> Int {
    try ShardPacker(tree, options: options, threads: threads).pack(to: out ?? self.out) { _ in }
  }

  private func stored(_ set: any DataSet, _ sample: Int) throws -> [UInt8] {
    var bytes = ByteBuffer()
    #expect(try set.read(sample, into: &bytes) == .encoded)
    return Array(bytes.bytes)
  }

  private func contents(_ path: String) throws -> [String: Foundation.Data] {
    var files: [String: Foundation.Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      files[name] = try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
    }
    return files
  }

  /// What is packed is what was in the tree: the same files under the same labels, each once.
  @Test(arguments: [nil, 1, 9] as [UInt64?])
  func everyFileArrivesUnchanged(seed: UInt64?) throws {
    let tree = try makeTree()
    #expect(try pack(tree, PackOptions(shardSize: .samples(4), shuffleSeed: seed)) == 3)
    let shards = try TarShards(path: out)
    #expect(shards.shardSizes == [4, 4, 3] && shards.classes == tree.classes && shards.classCounts == [4, 4, 3])
    #expect(shards.notes == [])
    let before = try (0..<11).map { "\(tree.label(of: $0)) \(try stored(tree, $0))" }
    let after = try (0..<11).map { "\(shards.label(of: $0)) \(try stored(shards, $0))" }
    #expect((after == before) == (seed == nil) && after.sorted() == before.sorted())
    let source = try #require(before.firstIndex(of: after[5]))
    let stem = tree.name(of: source).split(separator: "/").last?.dropLast(4).replacing(".", with: "_") ?? ""
    #expect(
      shards.name(of: 5).contains("sample 00000005-\(stem.replacing(" é", with: "___"))"), "\(shards.name(of: 5))")
  }

  @Test func theSameBytesWhateverTheThreads() throws {
    let tree = try makeTree()
    for options in [PackOptions(shardSize: .samples(3)), PackOptions(shardSize: .samples(5), shorterSide: 20)] {
      var seen: Set<[String: Foundation.Data]> = []
      for threads in [1, 2, 5] {
        let path = folder.path + "/\(UUID().uuidString)"
        _ = try pack(tree, options, threads: threads, to: path)
        seen.insert(try contents(path))
      }
      #expect(seen.count == 1)
    }
  }

  /// Another program reads them too.
  @Test func tarListsThem() throws {
    _ = try pack(makeTree(), PackOptions(shardSize: .samples(6), shuffleSeed: nil))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar", "--list", "--verbose", "--file", out + "/shard-00001.tar"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 10 && lines.allSatisfy { $0.hasPrefix("-rw-r--r-- 0/0 ") && $0.contains("1970-01-01") })
    #expect(lines[0].hasSuffix("00000006-x_4___.jpg") && lines[1].hasSuffix("00000006-x_4___.cls"), "\(text)")
  }

  @Test func shardsAreAsLargeAsAllowed() throws {
    let tree = try makeTree()
    let sizes = try (0..<11).map { try stored(tree, $0).count }
    let padded = sizes.map { 512 + ($0 + 511) / 512 * 512 + 1024 }
    let limit = padded[0] + padded[1] + padded[2] + 1024
    let shards = try pack(tree, PackOptions(shardSize: .bytes(limit), shuffleSeed: nil))
    #expect(shards >= 3)
    for (name, bytes) in try contents(out) where name.hasSuffix(".tar") { #expect(bytes.count <= limit) }
    #expect(try TarShards(path: out).shardSizes?.first == 3)
    // An image that is larger than a shard may be has one of its own.
    #expect(try pack(tree, PackOptions(shardSize: .bytes(1)), to: folder.path + "/single") == 11)
  }

  @Test func largerImagesAreResized() throws {
    let tree = try makeTree()
    _ = try pack(tree, PackOptions(shardSize: .samples(20), shorterSide: 48, quality: 95, shuffleSeed: nil))
    let shards = try TarShards(path: out)
    for sample in 0..<11 {
      let (before, after) = (try decode(stored(tree, sample)), try decode(stored(shards, sample)))
      let shorter = min(before.size.width, before.size.height)
      if shorter <= 48 {
        #expect(try stored(shards, sample) == stored(tree, sample))
      } else {
        #expect(
          after.size
            == PixelSize(width: before.size.width * 48 / shorter, height: before.size.height * 48 / shorter))
        let means = [before.pixels, after.pixels].map { $0.reduce(0.0) { $0 + Double($1) } / Double($0.count) }
        #expect(abs(means[0] - means[1]) < 2, "\(means)")
      }
    }
  }

  @Test func nothingIsLeftBehind() throws {
    let tree = try makeTree()
    struct Stop: Error {}
    let packer = ShardPacker(tree, options: PackOptions(shardSize: .samples(2)), threads: 2)
    #expect(throws: Stop.self) { try packer.pack(to: out) { if $0 > 5 { throw Stop() } } }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["tree"])
    try folder.file("tree/ant/text.jpg", Array("no picture".utf8))
    #expect(
      dataError { try pack(FolderTree(root: folder.path + "/tree"), PackOptions()) }
        == .notAnImage(path: folder.path + "/tree/ant/text.jpg", found: "text"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["tree"])
    try folder.file("out/present", [])
    #expect(throws: SampleError.self) { try pack(tree, PackOptions()) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: out) == ["present"])
  }

  /// Class names that cannot stand on a line of their own.
  @Test func oddNamesOfClassesSurvive() throws {
    let file = try stored(makeTree(), 0)
    for name in ["odd/ a/1.jpg", "odd/b\nc/1.jpg", "odd/d/1.jpg"] { try folder.file(name, file) }
    let tree = try FolderTree(root: folder.path + "/odd")
    _ = try pack(tree, PackOptions())
    #expect(tree.classes == [" a", "b\\x0ac", "d"])
    #expect(try TarShards(path: out, classes: tree.classes).classes == tree.classes)
    #expect(try TarShards(path: out).classes == tree.classes)
  }

  @Test func progressCountsEveryImage() throws {
    let seen = Mutex<Set<Int>>([])
    let packer = ShardPacker(try makeTree(), options: PackOptions(shardSize: .samples(2)), threads: 3)
    _ = try packer.pack(to: out) { done in seen.withLock { _ = $0.insert(done) } }
    #expect(seen.withLock { $0 } == Set(1...11))
  }
}
