import Foundation
import SystemPackage

/// The folder that a new data set is written to, and the calls of the operating system that writing takes.
struct SampleFolder {
  /// Absolute and free of symbolic links, so that a rename replaces the folder and not a link to it.
  private let path: String

  init(_ directory: String) {
    path = URL(fileURLWithPath: directory).standardizedFileURL.resolvingSymlinksInPath().path
  }

  /// Whether the set is there already; false when the folder is absent or empty.
  ///
  /// Throws `SampleError.occupied` when the folder holds anything else.
  func holds(_ specification: SampleSpecification) throws -> Bool {
    guard let status = try Self.status(of: path) else { return false }
    guard status.isDirectory else { throw SampleError.occupied(folder: path, reason: "is not a folder") }
    let names = try Self.names(in: path)
    if names.isEmpty { return false }
    guard names.contains(SampleRecord.name) else {
      throw SampleError.occupied(folder: path, reason: "exists and is not empty")
    }
    let expected = SampleRecord(specification)
    guard let found = try? SampleRecord(file: Self.read("\(path)/\(SampleRecord.name)")) else {
      throw SampleError.occupied(folder: path, reason: "holds a \(SampleRecord.name) that cannot be read")
    }
    guard found == expected else {
      throw SampleError.occupied(
        folder: path, reason: "holds another sample set (\(found.summary)), expected \(expected.summary)")
    }
    try requireAllImages(of: specification)
    return true
  }

  /// Throws `SampleError.occupied` unless the folder is absent or empty.
  func requireEmpty() throws {
    guard let status = try Self.status(of: path) else { return }
    guard status.isDirectory else { throw SampleError.occupied(folder: path, reason: "is not a folder") }
    guard try Self.names(in: path).isEmpty else {
      throw SampleError.occupied(folder: path, reason: "exists and is not empty")
    }
  }

  private func requireAllImages(of specification: SampleSpecification) throws {
    let images = specification.images.map(specification.path(of:))
    for (folder, paths) in Dictionary(grouping: images, by: Self.parent(of:)) {
      let found = (try? Self.names(in: "\(path)/\(folder)")) ?? []
      let missing = Set(paths.map { String($0.dropFirst(folder.count + 1)) }).subtracting(found)
      if let name = missing.min() {
        throw SampleError.occupied(
          folder: path, reason: "holds a sample set that lacks \(missing.count) files, such as \(folder)/\(name)")
      }
    }
  }

  /// Puts what `fill` writes into a new folder in this one's place. The folder must be absent or empty.
  func replace(_ fill: (_ partial: String) throws -> Void) throws {
    let parent = Self.parent(of: path)
    try Self.createFolder(parent)
    try requireReplaceable(parent: parent)
    let suffix = String(UInt32.random(in: .min ... .max), radix: 16)
    let partial = "\(parent)/.\(path.split(separator: "/").last ?? "").partial-\(suffix)"
    try Self.check("mkdir", partial, mkdir(partial, 0o777))
    do {
      try fill(partial)
      try Self.check("rename", path, rename(partial, path))
    } catch {
      do { try FileManager.default.removeItem(atPath: partial) } catch let second {
        throw SampleError.leftover(folder: partial, reason: "\(second)", after: "\(error)")
      }
      throw error
    }
  }

  /// Finds out before the work what would make the rename fail after it.
  private func requireReplaceable(parent: String) throws {
    guard let status = try Self.status(of: path) else { return }
    if status.device != (try Self.status(of: parent)?.device) {
      throw SampleError.notReplaceable(folder: path, reason: "is a mount point")
    }
    if path == FileManager.default.currentDirectoryPath {
      throw SampleError.notReplaceable(folder: path, reason: "is the working directory")
    }
  }
}

extension SampleFolder {
  /// Creates every folder that the relative `paths` name, below `root`.
  static func createFolders(of paths: [String], in root: String) throws {
    for folder in Set(paths.map(parent(of:))) {
      try createFolder("\(root)/\(folder)")
    }
  }

  /// Creates a folder and those above it, where they do not exist.
  private static func createFolder(_ path: String) throws {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { return try check("mkdir", path, -1) }
    try createFolder(parent(of: path))
    try check("mkdir", path, mkdir(path, 0o777))
  }

  /// Writes a new file.
  static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try create(path)
    try file.closeAfter { try append(bytes, to: file, path) }
  }

  /// Opens a new file for writing; the caller closes it.
  static func create(_ path: String) throws -> FileDescriptor {
    var file: Int32 = -1
    let code = makingRoom {
      file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      return file < 0 ? errno : 0
    }
    if let limit = OpenFileLimit(code) { throw DataError.tooManyOpenFiles(path: path, limit: limit) }
    guard code == 0 else { throw SampleError.system(call: "open", path: path, message: systemText(code)) }
    return FileDescriptor(rawValue: file)
  }

  static func append(_ bytes: [UInt8], to file: FileDescriptor, _ path: String) throws {
    do {
      _ = try file.writeAll(bytes)
    } catch let error as Errno {
      throw SampleError.system(call: "write", path: path, message: error.description)
    }
  }

  private static func read(_ path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }

  private static func parent(of path: String) -> String {
    FilePath(path).removingLastComponent().string
  }

  private static func names(in folder: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw SampleError.system(call: "list", path: folder, message: error.localizedDescription)
    }
  }

  /// Nil when there is nothing at `path`.
  private static func status(of path: String) throws -> (isDirectory: Bool, device: dev_t)? {
    var status = stat()
    if stat(path, &status) != 0 {
      if errno == ENOENT { return nil }
      try check("stat", path, -1)
    }
    return (status.st_mode & S_IFMT == S_IFDIR, status.st_dev)
  }

  private static func check(_ call: String, _ path: String, _ result: Int32) throws {
    guard result != 0 else { return }
    throw SampleError.system(call: call, path: path, message: Errno(rawValue: errno).description)
  }
}
