/// The names in a folder tree: what is found out by listing every folder, and kept.
struct TreeListing: Sendable {
  /// Class folders in byte order.
  private(set) var classes = FileNames()
  /// Images of each class.
  private(set) var counts: [Int] = []
  /// Paths of the images below their class's folder, by class and then in byte order.
  private(set) var images = FileNames()
  /// Entries of each class that are no images, and of the root at the end.
  private(set) var ignored: [Int] = []
  /// Images beside the class folders.
  private(set) var looseImages = 0
  /// Why it could not be kept, if so.
  private(set) var cacheProblem: String?

  /// Every folder, as a path below the root, and its stamp before it was listed.
  private var folders = FileNames()
  private var stamps: [FileStamp] = []
  private var look = LookTime.now

  /// How deep folders may lie inside a class; beyond it a link surely leads back to its parent.
  private static let depthLimit = 32
  /// Threads that list folders, more than there are cores because they mostly wait.
  private static let threads = 8

  init(root: BytePath, cache: IndexCache) throws(DataError) {
    if let kept = Self.kept(root, cache) {
      self = kept
      return
    }
    try list(root)
    if images.count >= cache.leastNames, counts.allSatisfy({ $0 > 0 }) {
      cacheProblem = cache.store(.tree, of: root.text, write)
    }
  }

  private mutating func list(_ root: BytePath) throws(DataError) {
    let path = root.bytes + slash
    add(folder: [], FileStamp(of: root))
    let listing = try FolderListing(of: path)
    let names = listing.folders.sorted { $0.lexicographicallyPrecedes($1) }
    let found = try mapConcurrently(count: names.count, threads: Self.threads) {
      (number) throws(DataError) -> TreeClass in
      try TreeClass(of: path + names[number] + slash, depthLimit: Self.depthLimit)
    }
    for (name, found) in zip(names, found) {
      classes.append(name)
      counts.append(found.images.count)
      images.append(found.images)
      ignored.append(found.ignored)
      for (folder, stamp) in found.folders { add(folder: name + slash + folder, stamp) }
    }
    ignored.append(listing.ignored + listing.images.count)
    looseImages = listing.images.count
    images.shrinkToFit()
  }

  private mutating func add(folder: [UInt8], _ stamp: FileStamp?) {
    folders.append(folder)
    stamps.append(stamp ?? FileStamp(size: -1, modified: .max))
  }
}

extension TreeListing {
  private func write(to writer: inout IndexWriter) {
    writer.number(look.nanoseconds)
    writer.names(folders)
    writer.numbers(stamps.map(\.size))
    writer.numbers(stamps.map(\.modified))
    writer.names(classes)
    writer.numbers(counts)
    writer.numbers(ignored)
    writer.number(looseImages)
    writer.names(images)
  }

  private init(from reader: inout IndexReader) throws(IndexDamage) {
    look = LookTime(nanoseconds: try reader.number())
    folders = try reader.names()
    let sizes = try reader.numbers(Int.self)
    let times = try reader.numbers(Int.self)
    stamps = zip(sizes, times).map { FileStamp(size: $0, modified: $1) }
    classes = try reader.names()
    counts = try reader.numbers()
    ignored = try reader.numbers()
    looseImages = try reader.number()
    images = try reader.names()
    var total = 0
    for count in counts {
      guard count > 0, count <= images.count - total else { throw IndexDamage() }
      total += count
    }
    guard sizes.count == folders.count, times.count == folders.count, counts.count == classes.count,
      ignored.count == classes.count + 1, total == images.count
    else { throw IndexDamage() }
  }

  /// What was kept, if no folder has changed since: a name that comes, goes or changes leaves its time in its folder.
  /// What is in a file does not matter here, and is not noticed.
  private static func kept(_ root: BytePath, _ cache: IndexCache) -> TreeListing? {
    guard var reader = cache.load(.tree, of: root.text) else { return nil }
    let listing: TreeListing
    do throws(IndexDamage) { listing = try TreeListing(from: &reader) } catch { return nil }
    let path = root.bytes + slash
    let unchanged = try? mapConcurrently(count: listing.folders.count, threads: threads) {
      (number) throws(DataError) -> Bool in
      guard let now = FileStamp(of: BytePath(path + listing.folders[number])) else { return false }
      return listing.look.vouches(for: listing.stamps[number], now: now)
    }
    return unchanged?.allSatisfy { $0 } ?? false ? listing : nil
  }
}

/// One class folder and those inside it, listed.
private struct TreeClass: Sendable {
  /// Paths below the folder in byte order.
  var images = FileNames()
  var ignored = 0
  /// The folder, as an empty path, and those inside it, with their stamps before they were listed.
  var folders: [(path: [UInt8], stamp: FileStamp?)] = []

  /// - Parameter folder: ends in a slash.
  init(of folder: [UInt8], depthLimit: Int) throws(DataError) {
    var paths: [[UInt8]] = []
    var pending: [(path: [UInt8], depth: Int)] = [([], 0)]
    while let (path, depth) = pending.popLast() {
      if depth > depthLimit { throw .foldersTooDeep(path: text((folder + path).dropLast()), limit: depthLimit) }
      folders.append((path, FileStamp(of: BytePath(folder + path))))
      let listing = try FolderListing(of: folder + path)
      try Self.requireFolder(folder + path, listing)
      for image in listing.images { paths.append(path.isEmpty ? image : path + image) }
      for inner in listing.folders { pending.append((path + inner + slash, depth + 1)) }
      ignored += listing.ignored
    }
    for path in paths.sorted(by: { $0.lexicographicallyPrecedes($1) }) { images.append(path) }
  }

  /// A folder inside a class may be called as one likes, but one that is called like an image and holds none is what was
  /// left of something else.
  private static func requireFolder(_ path: [UInt8], _ listing: FolderListing) throws(DataError) {
    let path = BytePath(path.dropLast())
    if listing.images.isEmpty && listing.folders.isEmpty && NameKind(of: Array(path.name)) != .other {
      throw .notAFile(path: path.text, found: "a folder without images")
    }
  }
}
