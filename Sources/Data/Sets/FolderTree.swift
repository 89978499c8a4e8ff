import Platform
import Tensors

/// A data set in ImageNet's shape: `<root>/<class>/<image>.jpg`.
///
/// A class's index is its place among the folder names in byte order, as torchvision's `ImageFolder` has it; samples
/// are numbered by class and then by path in byte order. Images are files that end in `.jpg`, `.jpeg` or `.png` in any case.
/// Folders inside a class belong to it, at any depth, and symbolic links are followed. Hidden entries and files that
/// are not images are ignored and counted; an image of another format is an error, for it would otherwise be lost
/// silently.
public struct FolderTree: DataSet {
  public let root: String
  public let classes: [String]
  /// Hidden entries and files that are no images.
  public let ignoredFiles: Int
  /// `<root>/<class>/` of each class folder here, its label, and its first sample; at the end the number of samples.
  private let folders: [[UInt8]]
  private let labels: [Int]
  private let firstSamples: [Int]
  /// Paths of the samples below their class's folder.
  private let names: FileNames
  private let cacheProblem: String?
  /// Classes that nobody can tell apart, two at a time.
  private let lookalikes: [(String, NameLikeness)]

  /// Reads the folder names and file names of a training set.
  ///
  /// - Parameter cache: where the names of a large tree are kept.
  public init(root: String, cache: IndexCache = .none) throws(DataError) {
    let root = BytePath(visible: root)
    let listing = try TreeListing(root: root, cache: cache)
    let classes = (0..<listing.classes.count).map { text(listing.classes[$0]) }
    try self.init(root: root, listing, classes: classes, labels: Array(classes.indices))
  }

  /// Reads a validation set whose labels are those of `classes`, the training set's. A class without a folder here is
  /// fine; a folder without a class is an error.
  public init(root: String, classes: [String], cache: IndexCache = .none) throws(DataError) {
    let root = BytePath(visible: root)
    let listing = try TreeListing(root: root, cache: cache)
    let names = classes.map { bytes(ofVisibleText: $0) }
    let known = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    var labels: [Int] = []
    for folder in 0..<listing.classes.count {
      let name = Array(listing.classes[folder])
      guard let label = known[name] else {
        throw .unknownClass(
          path: root.appending(name).text, knownClasses: classes.count, resembling: NameLikeness(of: name, in: names))
      }
      labels.append(label)
    }
    try self.init(root: root, listing, classes: visibleNames(classes), labels: labels)
  }

  private init(root: BytePath, _ listing: TreeListing, classes: [String], labels: [Int]) throws(DataError) {
    if listing.classes.count == 0 { throw .noClassFolders(path: root.text, looseImages: listing.looseImages) }
    if listing.images.count == 0 { throw .noImages(path: root.text, classFolders: listing.classes.count) }
    if let empty = listing.counts.firstIndex(of: 0) {
      throw .emptyClass(path: root.appending(listing.classes[empty]).text, ignoredFiles: listing.ignored[empty])
    }
    self.root = root.text
    self.classes = classes
    self.labels = labels
    ignoredFiles = listing.ignored.reduce(0, +)
    folders = (0..<listing.classes.count).map { root.appending(listing.classes[$0]).bytes + slash }
    lookalikes = NameLikeness.pairs(in: listing.classes)
    firstSamples = listing.counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    names = listing.images
    cacheProblem = listing.cacheProblem
  }

  public var count: Int { names.count }

  public func label(of sample: Int) -> Int { labels[folder(of: sample)] }

  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for (folder, label) in labels.enumerated() { counts[label] = firstSamples[folder + 1] - firstSamples[folder] }
    return counts
  }

  /// Of the classes, and of every file's name and place.
  public var digest: Digest {
    var stream = DigestStream()
    for name in classes.map({ bytes(ofVisibleText: $0) }) + classCounts.map({ Array(String($0).utf8) }) {
      (name + slash).withUnsafeBytes { stream.append($0) }
    }
    names.ends.withUnsafeBytes { stream.append($0) }
    names.bytes.withUnsafeBytes { stream.append($0) }
    return stream.digest
  }

  public var notes: [String] {
    let ignored =
      ignoredFiles > 0 ? ["\(root): \(ignoredFiles) hidden or other files are no images and are ignored"] : []
    let pairs = lookalikes.map { name, likeness in
      "\(root): \"\(name)\" and \"\(likeness.known)\" are two classes: they have \(likeness.difference)"
    }
    return ignored + pairs + (cacheProblem.map { [$0] } ?? [])
  }

  public func name(of sample: Int) -> String { path(of: sample).text }

  func path(of sample: Int) -> BytePath { BytePath(folders[folder(of: sample)] + names[sample]) }

  public func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    try readFile(folder: folders[folder(of: sample)], name: names[sample], into: &bytes)
    return .encoded
  }

  public func announce(_ sample: Int) { announceFile(folder: folders[folder(of: sample)], name: names[sample]) }

  private func folder(of sample: Int) -> Int { partition(firstSamples, holding: sample) }
}
