import Checkpoints
import Synchronization
import SystemPackage

/// Real files, except that call number `failing` fails. Counts all calls.
///
/// Files are not synced to the device: no test cuts the power, and it would take most of the time.
final class FaultyFiles: FileOperations {
  enum Fault: CaseIterable {
    /// One call fails and the process goes on.
    case once
    /// No later call does anything either: the process is dead.
    case forGood
  }

  struct Call: Hashable {
    let call: FileCall
    let path: String
  }

  private let base = SystemFiles()
  private let failing: Int?
  private let fault: Fault
  private let shortWrites: Bool
  private let log = Mutex<[Call]>([])

  init(failing: Int? = nil, _ fault: Fault = .once, shortWrites: Bool = false) {
    self.failing = failing
    self.fault = fault
    self.shortWrites = shortWrites
  }

  var calls: [Call] { log.withLock { $0 } }

  private func enter(_ call: FileCall, _ path: String) throws {
    let number = log.withLock { log in
      log.append(Call(call: call, path: path))
      return log.count - 1
    }
    guard let failing else { return }
    if number == failing || (fault == .forGood && number > failing) {
      throw CheckpointError.system(call: call, path: path, errno: .ioError)
    }
  }

  func create(_ path: String) throws -> OpenFile {
    try enter(.open, path)
    return try base.create(path)
  }

  func open(_ path: String) throws -> OpenFile {
    try enter(.open, path)
    return try base.open(path)
  }

  func openForWriting(_ path: String) throws -> OpenFile {
    try enter(.open, path)
    return try base.openForWriting(path)
  }

  func reserve(_ file: OpenFile, bytes: Int) throws {
    try enter(.fallocate, file.path)
    try base.reserve(file, bytes: bytes)
  }

  func size(of file: OpenFile) throws -> Int {
    try enter(.fstat, file.path)
    return try base.size(of: file)
  }

  func read(_ file: OpenFile, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws -> Int {
    try enter(.pread, file.path)
    return try base.read(file, at: offset, into: shortWrites ? .init(rebasing: bytes.prefix(7)) : bytes)
  }

  /// A write that fails has done half of its work.
  func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws -> Int {
    do {
      try enter(.write, file.path)
    } catch {
      if let failing, calls.count - 1 == failing {
        _ = try base.write(.init(rebasing: bytes.prefix(bytes.count / 2)), to: file)
      }
      throw error
    }
    return try base.write(shortWrites ? .init(rebasing: bytes.prefix(5)) : bytes, to: file)
  }

  func sync(_ file: OpenFile) throws { try enter(.fsync, file.path) }

  /// The descriptor is closed in any case: the test's process lives on.
  func close(_ file: OpenFile) throws {
    try base.close(file)
    try enter(.close, file.path)
  }

  func syncFolder(_ path: String) throws { try enter(.fsync, path) }

  func makeFolder(_ path: String) throws {
    try enter(.mkdir, path)
    try base.makeFolder(path)
  }

  func names(inFolder path: String) throws -> [String] {
    try enter(.readdir, path)
    return try base.names(inFolder: path)
  }

  func rename(_ old: String, to new: String) throws {
    try enter(.rename, "\(old) to \(new)")
    try base.rename(old, to: new)
  }

  func removeFile(_ path: String) throws {
    try enter(.unlink, path)
    try base.removeFile(path)
  }

  func removeFolder(_ path: String) throws {
    try enter(.rmdir, path)
    try base.removeFolder(path)
  }
}
