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
  /// `<root>/<class>/` of each class.
  private let folders: [[UInt8]]
  /// Paths of the samples below their class's folder.
  private let names: FileNames
  /// The first sample of each class, and the number of samples at the end.
  private let firstSamples: [Int]

  /// How deep folders may lie inside a class; beyond it a link surely leads back to its parent.
  private static let depthLimit = 32

  /// Reads the folder names and file names of a training set.
  public init(root: String) throws(DataError) {
    let listing = try FolderListing(of: Array(root.utf8) + slash)
    let classes = listing.folders.sorted { $0.lexicographicallyPrecedes($1) }
    try self.init(root: root, listing: listing, classes: classes)
  }

  /// Reads a validation set whose labels are those of `classes`, the training set's. A class without a folder here is
  /// fine; a folder without a class is an error.
  public init(root: String, classes: [String]) throws(DataError) {
    let listing = try FolderListing(of: Array(root.utf8) + slash)
    let classes = classes.map { Array($0.utf8) }
    let unknown = Set(listing.folders).subtracting(classes)
    if let name = unknown.min(by: { $0.lexicographicallyPrecedes($1) }) {
      throw .unknownClass(path: root + "/" + text(name), knownClasses: classes.count)
    }
    try self.init(root: root, listing: listing, classes: classes)
  }

  private init(root: String, listing: FolderListing, classes: [[UInt8]]) throws(DataError) {
    if listing.folders.isEmpty { throw .noClassFolders(path: root, looseImages: listing.images.count) }
    let present = Set(listing.folders)
    let folders = classes.map { Array(root.utf8) + slash + $0 + slash }
    var names = FileNames()
    var firstSamples = [0]
    var ignored = listing.ignored + listing.images.count
    var empty: DataError?
    for (name, folder) in zip(classes, folders) {
      if present.contains(name) {
        let found = try Self.files(in: folder)
        if found.files.isEmpty {
          empty = empty ?? .emptyClass(path: root + "/" + text(name), ignoredFiles: found.ignored)
        }
        for file in found.files { names.append(file) }
        ignored += found.ignored
      }
      firstSamples.append(names.count)
    }
    if names.count == 0 { throw .noImages(path: root, classFolders: listing.folders.count) }
    if let empty { throw empty }
    names.shrinkToFit()
    self.root = root
    self.classes = classes.map { text($0) }
    self.ignoredFiles = ignored
    self.folders = folders
    self.names = names
    self.firstSamples = firstSamples
  }

  /// The images of one class, as paths below its folder in byte order, and how many entries were ignored.
  private static func files(in folder: [UInt8]) throws(DataError) -> (files: [[UInt8]], ignored: Int) {
    var files: [[UInt8]] = []
    var ignored = 0
    var pending: [(path: [UInt8], depth: Int)] = [([], 0)]
    while let (path, depth) = pending.popLast() {
      if depth > depthLimit { throw .foldersTooDeep(path: text((folder + path).dropLast()), limit: depthLimit) }
      let listing = try FolderListing(of: folder + path)
      for image in listing.images { files.append(path + image) }
      for inner in listing.folders { pending.append((path + inner + slash, depth + 1)) }
      ignored += listing.ignored
    }
    return (files.sorted { $0.lexicographicallyPrecedes($1) }, ignored)
  }

  public var count: Int { names.count }

  public func label(of sample: Int) -> Int {
    precondition(sample >= 0 && sample < count, "sample \(sample) of \(count)")
    // The last class that starts at or before the sample, by bisection.
    var low = 0
    var high = classes.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstSamples[middle] <= sample { low = middle } else { high = middle }
    }
    return low
  }

  public func name(of sample: Int) -> String {
    text(folders[label(of: sample)] + names[sample])
  }

  public func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    try readFile(folder: folders[label(of: sample)], name: names[sample], into: &bytes)
    return .encoded
  }
}
