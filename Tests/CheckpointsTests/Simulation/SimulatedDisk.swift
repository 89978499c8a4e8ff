import Checkpoints
import SystemPackage

/// A file system in memory that writes down in which steps its disk would change and what was synced when.
///
/// It may be full, and the process may die: then every call fails until `revive`. One thread uses it.
final class SimulatedDisk: FileOperations, @unchecked Sendable {
  enum Event: Hashable {
    case change(DiskTree.Change)
    /// Of a file or a folder, with its path at that time.
    case sync(node: Int, path: String)
  }

  /// What befalls the process or its disk.
  struct Fate {
    /// Bytes that are still written before the process dies.
    var bytesToLive = Int.max
    /// Calls that are still done before the process dies.
    var callsToLive = Int.max
    /// The number of a call that fails, alone, and how.
    var failing: (call: Int, errno: Errno)?
    /// Of all files together.
    var capacity = Int.max / 2
    var canReserve = true
    /// A write is at most so long in the log: how finely a crash may tear it.
    var pieceBytes = 4096
  }

  private(set) var tree: DiskTree
  private(set) var log: [Event] = []
  private var fate: Fate
  private var isDead = false
  private(set) var calls: [FileCall] = []
  /// What is open, and the bytes written through it.
  private var descriptors: [Int32: (node: Int, written: Int)] = [:]
  private var nextDescriptor: Int32 = 3
  private var nextNode: Int

  init(_ tree: DiskTree = DiskTree(), _ fate: Fate = Fate()) {
    (self.tree, self.fate) = (tree, fate)
    nextNode = (tree.nodes.keys.max() ?? 0) + 1
  }

  /// Another process begins, with another fate.
  func revive(_ fate: Fate = Fate()) {
    (self.fate, isDead, descriptors, calls) = (fate, false, [:], [])
  }

  private func record(_ change: DiskTree.Change) {
    tree.apply(change)
    log.append(.change(change))
  }

  private func node(_ file: OpenFile) throws(Errno) -> Int {
    guard let node = descriptors[file.descriptor]?.node else { throw .badFileDescriptor }
    return node
  }

  /// One system call: dies before it when its time has come.
  private func enter<Value>(_ call: FileCall, _ path: String, _ body: () throws(Errno) -> Value) throws -> Value {
    calls.append(call)
    if calls.count > fate.callsToLive { isDead = true }
    do {
      if isDead { throw Errno.ioError }
      if let failing = fate.failing, failing.call == calls.count - 1 { throw failing.errno }
      return try body()
    } catch let errno as Errno {
      throw CheckpointError.system(call: call, path: path, errno: errno)
    }
  }

  func create(_ path: String) throws -> OpenFile {
    try enter(.open, path) { () throws(Errno) in
      try make(path, isFolder: false)
      return try opened(path)
    }
  }

  func makeFolder(_ path: String) throws {
    try enter(.mkdir, path) { () throws(Errno) in try make(path, isFolder: true) }
  }

  private func make(_ path: String, isFolder: Bool) throws(Errno) {
    let (folder, name) = try tree.place(of: path)
    if tree.entries(of: folder)[name] != nil { throw .fileExists }
    record(.link(folder: folder, name: name, node: nextNode, isFolder: isFolder))
    nextNode += 1
  }

  func open(_ path: String) throws -> OpenFile {
    try enter(.open, path) { () throws(Errno) in try opened(path) }
  }

  func openForWriting(_ path: String) throws -> OpenFile { try open(path) }

  private func opened(_ path: String) throws(Errno) -> OpenFile {
    guard let node = tree.node(at: path) else { throw .noSuchFileOrDirectory }
    nextDescriptor += 1
    descriptors[nextDescriptor] = (node, 0)
    return OpenFile(descriptor: nextDescriptor, path: path)
  }

  func close(_ file: OpenFile) throws { try enter(.close, file.path) { descriptors[file.descriptor] = nil } }

  func size(of file: OpenFile) throws -> Int {
    try enter(.fstat, file.path) { () throws(Errno) in
      tree.contents(of: try node(file)).count
    }
  }

  func reserve(_ file: OpenFile, bytes: Int) throws {
    try enter(.fallocate, file.path) { () throws(Errno) in
      guard fate.canReserve else { return }
      let node = try node(file)
      let growth = max(0, bytes - tree.contents(of: node).count)
      if growth > fate.capacity - tree.bytes { throw .noSpace }
      record(.grow(file: node, bytes: bytes))
    }
  }

  func read(_ file: OpenFile, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws -> Int {
    let contents = try enter(.pread, file.path) { () throws(Errno) in tree.contents(of: try node(file)) }
    let part = contents.dropFirst(offset).prefix(bytes.count)
    bytes.copyBytes(from: part)
    return part.count
  }

  func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws -> Int {
    let bytes = Array(bytes)
    return try enter(.write, file.path) { () throws(Errno) in
      let (node, start) = (try node(file), descriptors[file.descriptor]?.written ?? 0)
      let size = tree.contents(of: node).count
      let room = max(0, size - start) + fate.capacity - tree.bytes
      if room <= 0 { throw .noSpace }
      let written = min(bytes.count, room, fate.bytesToLive)
      for first in stride(from: 0, to: written, by: fate.pieceBytes) {
        let piece = Array(bytes[first..<min(first + fate.pieceBytes, written)])
        record(.data(file: node, offset: start + first, bytes: piece))
      }
      descriptors[file.descriptor]?.written += written
      fate.bytesToLive -= written
      if written < bytes.count && fate.bytesToLive == 0 { isDead = true }
      if isDead { throw .ioError }
      return written
    }
  }

  func sync(_ file: OpenFile) throws {
    try enter(.fsync, file.path) { () throws(Errno) in
      log.append(.sync(node: try node(file), path: file.path))
    }
  }

  func syncFolder(_ path: String) throws {
    try enter(.fsync, path) { () throws(Errno) in
      guard let node = tree.node(at: path) else { throw .noSuchFileOrDirectory }
      log.append(.sync(node: node, path: path))
    }
  }

  func names(inFolder path: String) throws -> [String] {
    try enter(.readdir, path) { () throws(Errno) in
      guard let node = tree.node(at: path) else { throw .noSuchFileOrDirectory }
      return tree.entries(of: node).keys.sorted()
    }
  }

  func rename(_ old: String, to new: String) throws {
    try enter(.rename, old) { () throws(Errno) in
      let (folder, name) = try tree.place(of: old)
      let (newFolder, newName) = try tree.place(of: new)
      guard let node = tree.entries(of: folder)[name] else { throw .noSuchFileOrDirectory }
      precondition(folder == newFolder, "no checkpoint moves between folders")
      if let taken = tree.entries(of: folder)[newName], tree.isFolder(taken) { throw .directoryNotEmpty }
      record(.move(folder: folder, name: name, newName: newName, node: node))
    }
  }

  func removeFile(_ path: String) throws { try remove(path, .unlink) }
  func removeFolder(_ path: String) throws { try remove(path, .rmdir) }

  private func remove(_ path: String, _ call: FileCall) throws {
    try enter(call, path) { () throws(Errno) in
      let (folder, name) = try tree.place(of: path)
      guard let node = tree.entries(of: folder)[name] else { throw .noSuchFileOrDirectory }
      if tree.isFolder(node) != (call == .rmdir) { throw .isDirectory }
      if !tree.entries(of: node).isEmpty { throw .directoryNotEmpty }
      record(.unlink(folder: folder, name: name))
    }
  }
}

extension DiskTree {
  /// The folder that a path's last part is in, and that part.
  fileprivate func place(of path: String) throws(Errno) -> (folder: Int, name: String) {
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard let name = parts.last, let folder = node(at: parts.dropLast().joined(separator: "/")) else {
      throw .noSuchFileOrDirectory
    }
    if !isFolder(folder) { throw .notDirectory }
    return (folder, String(name))
  }
}
