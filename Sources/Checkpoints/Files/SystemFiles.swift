import CFiles
import Glibc
import SystemPackage

/// The operating system's file calls.
public struct SystemFiles: FileOperations {
  public init() {}

  public func create(_ path: String) throws -> OpenFile {
    let descriptor = try attempt(.open, path) {
      try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    return OpenFile(descriptor: descriptor.rawValue, path: path)
  }

  public func open(_ path: String) throws -> OpenFile {
    let descriptor = try attempt(.open, path) {
      try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
    }
    return OpenFile(descriptor: descriptor.rawValue, path: path)
  }

  public func openForWriting(_ path: String) throws -> OpenFile {
    let descriptor = try attempt(.open, path) {
      try FileDescriptor.open(FilePath(path), .writeOnly, options: .closeOnExec)
    }
    return OpenFile(descriptor: descriptor.rawValue, path: path)
  }

  /// Not posix_fallocate, which writes every block where the file system cannot reserve.
  public func reserve(_ file: OpenFile, bytes: Int) throws {
    if bytes == 0 { return }
    do {
      try check(.fallocate, file.path) { cf_fallocate(file.descriptor, Int64(bytes)) }
    } catch CheckpointError.system(_, _, let errno)
      where [.notSupported, .invalidArgument, .noFunction].contains(errno)
    {
      return
    }
  }

  public func size(of file: OpenFile) throws -> Int {
    var status = stat()
    try check(.fstat, file.path) { fstat(file.descriptor, &status) }
    return Int(status.st_size)
  }

  public func read(_ file: OpenFile, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws -> Int {
    try attempt(.pread, file.path) {
      try FileDescriptor(rawValue: file.descriptor).read(fromAbsoluteOffset: Int64(offset), into: bytes)
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws -> Int {
    try attempt(.write, file.path) { try FileDescriptor(rawValue: file.descriptor).write(bytes) }
  }

  public func sync(_ file: OpenFile) throws {
    try check(.fsync, file.path) { fsync(file.descriptor) }
  }

  public func close(_ file: OpenFile) throws {
    try attempt(.close, file.path) { try FileDescriptor(rawValue: file.descriptor).close() }
  }

  public func syncFolder(_ path: String) throws {
    let folder = try open(path)
    do {
      try sync(folder)
    } catch CheckpointError.system(_, _, .invalidArgument) {
      // Some network file systems cannot sync a folder, and say so; their servers write entries through.
    } catch {
      try? close(folder)
      throw error
    }
    try close(folder)
  }

  public func makeFolder(_ path: String) throws {
    try check(.mkdir, path) { mkdir(path, 0o777) }
  }

  public func names(inFolder path: String) throws -> [String] {
    guard let stream = opendir(path) else { throw failure(.readdir, path) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0  // readdir returns null both at the end and after an error, and only an error sets it.
      guard let entry = readdir(stream) else { break }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { byte in byte != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    if errno != 0 { throw failure(.readdir, path) }
    return names.sorted()
  }

  public func rename(_ old: String, to new: String) throws {
    try check(.rename, "\(old) to \(new)") { Glibc.rename(old, new) }
  }

  public func removeFile(_ path: String) throws {
    try check(.unlink, path) { unlink(path) }
  }

  public func removeFolder(_ path: String) throws {
    try check(.rmdir, path) { rmdir(path) }
  }

  /// Calls a C function until it is not interrupted, and throws when it returns a negative number.
  private func check(_ call: FileCall, _ path: String, _ body: () -> Int32) throws {
    while body() < 0 {
      if errno != EINTR { throw failure(call, path) }
    }
  }

  private func failure(_ call: FileCall, _ path: String) -> CheckpointError {
    .system(call: call, path: path, errno: Errno(rawValue: errno))
  }

  /// Runs a function of `SystemPackage` and gives its errors a call and a path.
  private func attempt<Value>(_ call: FileCall, _ path: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as Errno {
      throw CheckpointError.system(call: call, path: path, errno: error)
    }
  }
}
