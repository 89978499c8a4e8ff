import Platform
import Tensors

/// Samples in tar archives ("shards"), as WebDataset has them: see `ShardIndexer` for what a sample is.
///
/// Samples are numbered by shard, in the order of the pattern or of the names in the folder, and then as they lie in it.
/// Archives are never unpacked: an index says where each image lies, and one read at that place fetches it.
public struct TarShards: DataSet {
  public let classes: [String]
  /// Members that are no image and no label.
  public let ignoredFiles: Int
  /// As messages show it.
  private let path: String
  private let paths: [BytePath]
  private let shards: [ShardIndex]
  private let cacheProblem: String?
  private let files: OpenFiles
  /// The first sample of each shard, and the number of samples at the end.
  private let firstSamples: [Int]

  private let labelNote: String?

  /// - Parameters:
  ///   - path: a `FilePattern`, a folder whose `.tar` files are the shards, or one file.
  ///   - classes: those of the training set, for a validation set. Otherwise they stand in `classes.json` or `classes.txt`
  ///     beside the shards, or are the numbers from 0 to the greatest label.
  public init(path: String, classes: [String]? = nil, cache: IndexCache = .none) throws(DataError) {
    let name = BytePath(visible: path).text
    paths = try Self.shards(at: path)
    let catalogue = try ShardCatalogue(name: name, paths: paths, cache: cache)
    shards = catalogue.shards
    cacheProblem = catalogue.cacheProblem
    self.path = name
    firstSamples = shards.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    ignoredFiles = shards.reduce(0) { $0 + $1.ignored }
    files = OpenFiles(paths, as: Self.role)
    guard firstSamples[shards.count] > 0 else { throw try NoSamples.fault(name, paths) }
    let folder = paths[0].folder
    let own = try ClassNames.read(beside: folder)
    if let classes, let own { try Self.requireEqual(own, classes, in: folder) }
    let greatest = shards.reduce(0) { max($0, Int($1.labels.max() ?? 0)) }
    let least = shards.reduce(greatest) { min($0, Int($1.labels.min() ?? .max)) }
    let range = LabelRange(least: least, greatest: greatest)
    self.classes = classes.map(visibleNames) ?? own ?? (0...greatest).map(String.init)
    labelNote = classes == nil && own == nil ? range.note(of: name) : nil
    if greatest >= self.classes.count { throw wrongLabel(range) }
  }

  private static let role = "a tar archive"

  private static func shards(at path: String) throws(DataError) -> [BytePath] {
    let folder = BytePath(visible: path)
    guard isFolder(folder) else { return try FilePattern.expand(path) }
    var names: [[UInt8]] = []
    try forEachEntry(of: folder) { name, _ in
      if name.suffix(4).elementsEqual(".tar".utf8) && name.first != UInt8(ascii: ".") { names.append(name) }
    }
    if names.isEmpty { throw fault(folder.text, expected: "tar archives (*.tar) in the folder", got: "none") }
    return names.sorted { $0.lexicographicallyPrecedes($1) }.map { folder.appending($0) }
  }

  /// Both are names as people read them, those of an older checkpoint not always; what counts is their bytes.
  private static func requireEqual(_ own: [String], _ classes: [String], in folder: BytePath) throws(DataError) {
    let (own, known) = (own.map { bytes(ofVisibleText: $0) }, classes.map { bytes(ofVisibleText: $0) })
    if own == known { return }
    var got = "\(own.count) of them, not \(known.count), in classes.json or classes.txt"
    var advice = "Number the labels of both sets by the same classes."
    if let number = own.indices.first(where: { $0 < known.count && own[$0] != known[$0] }) {
      got =
        "others, in classes.json or classes.txt: class \(number) is \(quoted(own[number])), not \(quoted(known[number]))"
      if let likeness = NameLikeness(of: own[number], in: [known[number]]) {
        advice = "The two names have \(likeness.difference). Write the same name in both sets."
      }
    }
    throw .badFile(FileFault(folder.text, expected: "the classes of the training set", got: got, advice: advice))
  }

  private static func fault(_ path: String, expected: String, got: String) -> DataError {
    .badFile(
      FileFault(
        path, expected: expected, got: got,
        advice: "Check the path; `dist-train data pack` makes shards of a folder tree."))
  }

  /// The first label that has no class.
  private func wrongLabel(_ range: LabelRange) -> DataError {
    for (shard, index) in shards.enumerated() {
      guard let sample = index.labels.firstIndex(where: { $0 >= classes.count }) else { continue }
      return .badFile(
        FileFault(
          paths[shard].text, part: "sample \(text(index.keys[sample]))", offset: index.offsets[sample],
          expected: "a label of the \(classes.count) classes", got: "\(index.labels[sample])",
          advice: range.advice(classes: classes.count)
            ?? "Check classes.json or classes.txt, and that training and validation belong together."))
    }
    preconditionFailure("all labels have a class")
  }

  public var count: Int { firstSamples[shards.count] }

  public var shardSizes: [Int]? { shards.map(\.count) }

  public var digest: Digest {
    let parts = classes.map { bytes(ofVisibleText: $0) } + shards.map { Array("\($0.digest)".utf8) }
    return Array(parts.joined(separator: slash)).withUnsafeBytes { Digest(of: $0) }
  }

  public var notes: [String] {
    let ignored =
      ignoredFiles > 0 ? ["\(path): \(ignoredFiles) members are no images or labels and are ignored"] : []
    return ignored + [labelNote, cacheProblem].compactMap(\.self)
  }

  public func label(of sample: Int) -> Int {
    let (shard, index) = place(of: sample)
    return Int(shards[shard].labels[index])
  }

  public func name(of sample: Int) -> String {
    let (shard, index) = place(of: sample)
    return "\(paths[shard].text), sample \(text(shards[shard].keys[index])), byte \(shards[shard].offsets[index])"
  }

  public func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    let (shard, index) = place(of: sample)
    let length = Int(shards[shard].lengths[index])
    guard length <= bytes.fileLimit else {
      throw .limitExceeded(
        path: name(of: sample), found: "\(length) bytes", limit: "\(bytes.fileLimit)", kind: .fileBytes)
    }
    try files.file(shard).read(at: shards[shard].offsets[index], into: bytes.resize(to: length))
    return .encoded
  }

  public func announce(_ sample: Int) {
    let (shard, index) = place(of: sample)
    try? files.file(shard).announce(
      at: shards[shard].offsets[index], count: Int(shards[shard].lengths[index]))
  }

  private func place(of sample: Int) -> (shard: Int, index: Int) {
    let shard = partition(firstSamples, holding: sample)
    return (shard, sample - firstSamples[shard])
  }
}
