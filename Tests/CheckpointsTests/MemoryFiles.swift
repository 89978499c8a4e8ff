import Checkpoints
import SystemPackage

/// Files that can only be read, held in memory by path, so that thousands of damaged copies can be tried in a second.
struct MemoryFiles: FileOperations {
  var contents: [String: [UInt8]]

  private func bytes(_ call: FileCall, _ path: String) throws -> [UInt8] {
    guard let bytes = contents[path] else {
      throw CheckpointError.system(call: call, path: path, errno: .noSuchFileOrDirectory)
    }
    return bytes
  }

  private func refuse(_ call: FileCall, _ path: String) -> CheckpointError {
    .system(call: call, path: path, errno: .readOnlyFileSystem)
  }

  func open(_ path: String) throws -> OpenFile {
    _ = try bytes(.open, path)
    return OpenFile(descriptor: -1, path: path)
  }

  func size(of file: OpenFile) throws -> Int { try bytes(.fstat, file.path).count }

  func read(_ file: OpenFile, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws -> Int {
    let contents = try self.bytes(.pread, file.path).dropFirst(offset).prefix(bytes.count)
    bytes.copyBytes(from: contents)
    return contents.count
  }

  func close(_ file: OpenFile) throws {}

  func names(inFolder path: String) throws -> [String] {
    let names = contents.keys.filter { $0.hasPrefix("\(path)/") }
      .compactMap { $0.dropFirst(path.count + 1).split(separator: "/").first }
    return Set(names.map(String.init)).sorted()
  }

  func create(_ path: String) throws -> OpenFile { throw refuse(.open, path) }
  func openForWriting(_ path: String) throws -> OpenFile { throw refuse(.open, path) }
  func reserve(_ file: OpenFile, bytes: Int) throws { throw refuse(.fallocate, file.path) }
  func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws -> Int { throw refuse(.write, file.path) }
  func sync(_ file: OpenFile) throws { throw refuse(.fsync, file.path) }
  func syncFolder(_ path: String) throws { throw refuse(.fsync, path) }
  func makeFolder(_ path: String) throws { throw refuse(.mkdir, path) }
  func rename(_ old: String, to new: String) throws { throw refuse(.rename, old) }
  func removeFile(_ path: String) throws { throw refuse(.unlink, path) }
  func removeFolder(_ path: String) throws { throw refuse(.rmdir, path) }
}
