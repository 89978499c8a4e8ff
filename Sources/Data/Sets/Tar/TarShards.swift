import Foundation
import Tensors

/// Samples in tar archives ("shards"), as WebDataset has them: see `ShardIndexer` for what a sample is.
///
/// Samples are numbered by shard, in the order of the pattern or of the names in the folder, and then as they lie in it.
/// Archives are never unpacked: an index says where each image lies, and one read at that place fetches it.
public struct TarShards: DataSet {
  public let classes: [String]
  /// Members that are no image and no label.
  public let ignoredFiles: Int
  private let path: String
  private let paths: [String]
  private let shards: [ShardIndex]
  private let cacheProblem: String?
  private let files: OpenFiles
  /// The first sample of each shard, and the number of samples at the end.
  private let firstSamples: [Int]

  private static let role = "a tar archive"

  /// - Parameters:
  ///   - path: a `FilePattern`, a folder whose `.tar` files are the shards, or one file.
  ///   - classes: those of the training set, for a validation set. Otherwise they stand in `classes.json` or `classes.txt`
  ///     beside the shards, or are the numbers from 0 to the greatest label.
  public init(path: String, classes: [String]? = nil, cache: IndexCache = .none) throws(DataError) {
    paths = try Self.shards(at: path)
    let catalogue = try ShardCatalogue(name: path, paths: paths, cache: cache)
    shards = catalogue.shards
    cacheProblem = catalogue.cacheProblem
    self.path = path
    firstSamples = shards.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    ignoredFiles = shards.reduce(0) { $0 + $1.ignored }
    files = OpenFiles(paths)
    guard firstSamples[shards.count] > 0 else {
      throw Self.fault(path, expected: "samples in the \(paths.count) archives", got: "none")
    }
    let folder = folder(of: paths[0])
    let own = try ClassNames.read(beside: folder)
    if let classes, let own, own != classes {
      throw .badFile(
        FileFault(
          folder, expected: "the classes of the training set", got: "others, in classes.json or classes.txt",
          advice: "Number the labels of both sets by the same classes."))
    }
    let greatest = shards.reduce(0) { max($0, Int($1.labels.max() ?? 0)) }
    self.classes = classes ?? own ?? (0...greatest).map(String.init)
    if greatest >= self.classes.count { throw wrongLabel() }
  }

  private static func shards(at path: String) throws(DataError) -> [String] {
    guard isFolder(path) else { return try FilePattern.expand(path) }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw .unreadable(path: path, reason: (error as NSError).localizedDescription)
    }
    let shards = names.filter { $0.hasSuffix(".tar") && !$0.hasPrefix(".") }
    if shards.isEmpty { throw fault(path, expected: "tar archives (*.tar) in the folder", got: "none") }
    return shards.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(path)/\($0)" }
  }

  private static func fault(_ path: String, expected: String, got: String) -> DataError {
    .badFile(
      FileFault(
        path, expected: expected, got: got,
        advice: "Check the path; `dist-train data pack` makes shards of a folder tree."))
  }

  /// The first label that has no class.
  private func wrongLabel() -> DataError {
    for (shard, index) in shards.enumerated() {
      guard let sample = index.labels.firstIndex(where: { $0 >= classes.count }) else { continue }
      return .badFile(
        FileFault(
          paths[shard], part: "sample \(text(index.keys[sample]))", offset: index.offsets[sample],
          expected: "a label of the \(classes.count) classes", got: "\(index.labels[sample])",
          advice: "Check classes.json or classes.txt, and that training and validation belong together."))
    }
    preconditionFailure("all labels have a class")
  }

  public var count: Int { firstSamples[shards.count] }

  public var shardSizes: [Int]? { shards.map(\.count) }

  public var digest: Digest {
    Digest(of: (classes + shards.map { "\($0.digest)" }).joined(separator: "/"))
  }

  public var notes: [String] {
    let ignored =
      ignoredFiles > 0 ? ["\(path): \(ignoredFiles) members are no images or labels and are ignored"] : []
    return ignored + (cacheProblem.map { [$0] } ?? [])
  }

  public func label(of sample: Int) -> Int {
    let (shard, index) = place(of: sample)
    return Int(shards[shard].labels[index])
  }

  public func name(of sample: Int) -> String {
    let (shard, index) = place(of: sample)
    return "\(paths[shard]), sample \(text(shards[shard].keys[index])), byte \(shards[shard].offsets[index])"
  }

  public func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    let (shard, index) = place(of: sample)
    let length = Int(shards[shard].lengths[index])
    guard length <= bytes.fileLimit else {
      throw .limitExceeded(
        path: name(of: sample), found: "\(length) bytes", limit: "\(bytes.fileLimit)", kind: .fileBytes)
    }
    try files.file(shard, as: Self.role).read(at: shards[shard].offsets[index], into: bytes.resize(to: length))
    return .encoded
  }

  public func announce(_ sample: Int) {
    let (shard, index) = place(of: sample)
    try? files.file(shard, as: Self.role).announce(
      at: shards[shard].offsets[index], count: Int(shards[shard].lengths[index]))
  }

  private func place(of sample: Int) -> (shard: Int, index: Int) {
    let shard = partition(firstSamples, holding: sample)
    return (shard, sample - firstSamples[shard])
  }
}
