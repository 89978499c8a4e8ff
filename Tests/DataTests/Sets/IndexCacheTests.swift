import Data
import Foundation
import Testing

/// What is kept about archives, and when it is not believed.
@Suite struct IndexCacheTests {
  let folder: TemporaryFolder
  let cache: IndexCache
  var pattern: String { folder.path + "/data/t-{0..2}.tar" }

  init() throws {
    folder = try TemporaryFolder()
    cache = IndexCache(folder: folder.path + "/index")
    for shard in 0..<3 { try write(shard, labels: [shard, shard + 1], age: 60) }
  }

  /// A shard of samples with these labels that was changed `age` seconds ago.
  private func write(_ shard: Int, labels: [Int], age: Double) throws {
    var archive = TarArchive()
    for (number, label) in labels.enumerated() { archive.addSample("s\(number)", [UInt8(label)], label: "\(label)") }
    try folder.file("data/t-\(shard).tar", archive.ended)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: folder.path + "/data/t-\(shard).tar")
  }

  private func labels() throws -> [Int] {
    let set = try TarShards(path: pattern, cache: cache)
    #expect(set.notes == [])
    return (0..<set.count).map { set.label(of: $0) }
  }

  private var indexPath: String {
    get throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/index")
      #expect(names.count == 1, "\(names)")
      return folder.path + "/index/" + (names.first ?? "")
    }
  }

  /// Another content of the same size and time, which only who reads the file again can notice.
  private func exchange(_ shard: Int) throws {
    let path = folder.path + "/data/t-\(shard).tar"
    let date = try #require(FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
    try write(shard, labels: [7, 8], age: 0)
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
  }

  @Test func whatIsKeptIsUsed() throws {
    #expect(try labels() == [0, 1, 1, 2, 2, 3])
    let first = try Foundation.Data(contentsOf: URL(fileURLWithPath: indexPath))
    try exchange(1)
    #expect(try labels() == [0, 1, 1, 2, 2, 3])
    #expect(try Foundation.Data(contentsOf: URL(fileURLWithPath: indexPath)) == first)
    let fresh = try TarShards(path: pattern)
    #expect((0..<fresh.count).map { fresh.label(of: $0) } == [0, 1, 7, 8, 2, 3])
    let again = try TarShards(path: pattern, cache: cache)
    var bytes = ByteBuffer()
    #expect(try again.read(5, into: &bytes) == .encoded && bytes.bytes.elementsEqual([3]))
    #expect(again.name(of: 5) == fresh.name(of: 5) && again.shardSizes == [2, 2, 2])
  }

  @Test func whatChangedIsReadAgain() throws {
    #expect(try labels() == [0, 1, 1, 2, 2, 3])
    try exchange(0)
    try write(1, labels: [4, 5, 6], age: 30)
    // Shard 0 is as kept, shard 1 is not.
    #expect(try labels() == [0, 1, 4, 5, 6, 2, 3])
    try write(2, labels: [5, 5], age: 20)
    #expect(try labels() == [0, 1, 4, 5, 6, 5, 5])
  }

  /// A file that was changed just before it was read may change again within a step of its time.
  @Test func whatIsNewIsReadAgain() throws {
    try write(1, labels: [4, 5], age: 0)
    #expect(try labels() == [0, 1, 4, 5, 2, 3])
    try exchange(1)
    #expect(try labels() == [0, 1, 7, 8, 2, 3])
  }

  @Test func aDamagedIndexIsMadeAgain() throws {
    #expect(try labels() == [0, 1, 1, 2, 2, 3])
    let path = try indexPath
    let good = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: path)))
    for shard in 0..<3 { try exchange(shard) }
    for number in 0..<200 {
      var bytes = good
      if number.isMultiple(of: 2) {
        bytes[number * 7919 % good.count] ^= 1 << UInt8(number % 8)
      } else {
        bytes.removeLast(1 + number * 31 % good.count)
      }
      try Foundation.Data(bytes).write(to: URL(fileURLWithPath: path))
      #expect(try labels() == [7, 8, 7, 8, 7, 8], "damage \(number)")
    }
    try Foundation.Data(good).write(to: URL(fileURLWithPath: path))
    #expect(try labels() == [0, 1, 1, 2, 2, 3])
  }

  @Test func theIndexOfAnotherSetIsNotTaken() throws {
    #expect(try labels() == [0, 1, 1, 2, 2, 3])
    let other = folder.path + "/data/t-{2,1}.tar"
    let set = try TarShards(path: other, cache: cache)
    #expect((0..<set.count).map { set.label(of: $0) } == [2, 3, 1, 2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/index").count == 2)
  }

  @Test func whatCannotBeKeptIsOnlyNoted() throws {
    try folder.file("index", [])
    let set = try TarShards(path: pattern, cache: cache)
    #expect(set.count == 6 && set.notes.count == 1)
    #expect(set.notes.first?.contains("cannot be kept in \(folder.path)/index/") == true, "\(set.notes)")
    let silent = try TarShards(path: pattern, cache: IndexCache(folder: folder.path + "/index", mayWrite: false))
    #expect(silent.notes == [])
  }
}
