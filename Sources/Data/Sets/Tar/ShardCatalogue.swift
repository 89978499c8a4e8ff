/// The indices of the shards of one data set: those that were kept and still hold, and the others found out anew.
struct ShardCatalogue: Sendable {
  let shards: [ShardIndex]
  /// Why they could not be kept, if so.
  let cacheProblem: String?

  /// Threads that read headers, more than there are cores because they mostly wait.
  private static let threads = 8

  private struct Entry {
    var stamp: FileStamp
    var look: LookTime
    var index: ShardIndex
  }

  /// - Parameters:
  ///   - name: of the data set in the cache.
  ///   - paths: the archives, in order.
  init(name: String, paths: [BytePath], cache: IndexCache) throws(DataError) {
    let kept = Self.kept(name, cache)
    let look = LookTime.now
    let found = try mapConcurrently(count: paths.count, threads: Self.threads) { (number) throws(DataError) -> Found in
      let path = paths[number]
      let kept = kept[path.bytes]
      if let kept, let stamp = FileStamp(of: path), kept.look.vouches(for: kept.stamp, now: stamp) {
        return Found(entry: kept, isNew: false)
      }
      let file = try DataFile(path, as: "a tar archive")
      return Found(entry: Entry(stamp: file.stamp, look: look, index: try ShardIndexer.index(file)), isNew: true)
    }
    shards = found.map(\.entry.index)
    guard found.contains(where: \.isNew) else {
      cacheProblem = nil
      return
    }
    cacheProblem = cache.store(.shards, of: name) { writer in
      writer.number(found.count)
      for (path, found) in zip(paths, found) {
        writer.numbers(path.bytes)
        for number in [found.entry.stamp.size, found.entry.stamp.modified, found.entry.look.nanoseconds] {
          writer.number(number)
        }
        found.entry.index.write(to: &writer)
      }
    }
  }

  private struct Found {
    var entry: Entry
    var isNew: Bool
  }

  /// What was kept, by path; nothing where any of it is damaged.
  private static func kept(_ name: String, _ cache: IndexCache) -> [[UInt8]: Entry] {
    guard var reader = cache.load(.shards, of: name) else { return [:] }
    var entries: [[UInt8]: Entry] = [:]
    do throws(IndexDamage) {
      for _ in 0..<(try reader.count(ofAtLeast: 8)) {
        let path = try reader.numbers(UInt8.self)
        let stamp = FileStamp(size: try reader.number(), modified: try reader.number())
        let look = LookTime(nanoseconds: try reader.number())
        let index = try ShardIndex(from: &reader)
        guard zip(index.offsets, index.lengths).allSatisfy({ $0 <= stamp.size - Int($1) }) else { throw IndexDamage() }
        entries[path] = Entry(stamp: stamp, look: look, index: index)
      }
      return entries
    } catch {
      return [:]
    }
  }
}
