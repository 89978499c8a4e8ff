import Foundation
import Synchronization
import SystemPackage

/// Packs a folder tree into tar shards that `TarShards` reads, with the names of the classes beside them. The same tree and
/// options give the same bytes, whatever the number of threads.
public struct ShardPacker: Sendable {
  private let tree: FolderTree
  private let options: PackOptions
  private let threads: Int

  public var count: Int { tree.count }

  /// - Parameter threads: each works on a shard of its own.
  public init(_ tree: FolderTree, options: PackOptions, threads: Int) {
    precondition(threads > 0, "\(threads) threads cannot pack")
    self.tree = tree
    self.options = options
    self.threads = threads
  }

  /// Writes the shards to `directory`, which must be absent or empty and appears in one step when all is written. When an
  /// error is thrown, nothing is left behind.
  ///
  /// - Parameter progress: called on any of the threads with the number of images that are done. What it throws ends the
  ///   work.
  /// - Returns: the number of shards.
  public func pack(to directory: String, progress: @escaping @Sendable (_ done: Int) throws -> Void) throws -> Int {
    let folder = SampleFolder(directory)
    try folder.requireEmpty()
    let plan = PackPlan(samples: tree.count, options: options, fileBytes: try fileBytes())
    let done = Atomic(0)
    try folder.replace { partial in
      try forEachConcurrently(count: plan.shards.count, threads: threads, makeTool: {}) { shard, _ in
        try write(shard, of: plan, to: partial) { try progress(done.wrappingAdd(1, ordering: .relaxed).newValue) }
      }
      let names = ClassNames.file(of: tree.classes)
      try SampleFolder.write(names.bytes, to: "\(partial)/\(names.name)")
    }
    return plan.shards.count
  }

  /// Only where shards are measured by them.
  private func fileBytes() throws(DataError) -> [Int] {
    guard case .bytes = options.shardSize else { return [] }
    let tree = tree
    return try mapConcurrently(count: tree.count, threads: threads) { (sample) throws(DataError) -> Int in
      let path = tree.path(of: sample)
      guard let stamp = FileStamp(of: path) else { throw .system(errno, path.text) }
      return stamp.size
    }
  }

  private func write(_ shard: Int, of plan: PackPlan, to folder: String, finished: () throws -> Void) throws {
    let path = "\(folder)/\(plan.name(ofShard: shard))"
    let file = try SampleFolder.create(path)
    do {
      var samples = try PackedSamples(tree, options)
      for position in plan.shards[shard] {
        try SampleFolder.append(samples.members(of: plan.sample(at: position), at: position), to: file, path)
        try finished()
      }
      try SampleFolder.append([UInt8](repeating: 0, count: TarWriter.endBytes), to: file, path)
    } catch {
      try? file.close()
      throw error
    }
    try file.close()
  }
}
