import Glibc

/// A file that is open as long as anyone holds it, read at any place by any thread.
final class DataFile: Sendable {
  /// As messages show it.
  let path: String
  /// When the file was opened.
  let stamp: FileStamp
  private let descriptor: Int32

  var size: Int { stamp.size }

  /// Throws unless there is a regular file at `path` that can be read; `role` says what it would have been. Whatever else
  /// there is, a FIFO or a device, is not opened.
  init(_ path: BytePath, as role: String) throws(DataError) {
    self.path = path.text
    if let kind = FileKind(of: path), kind != .file { throw Self.fault(self.path, role, got: kind.rawValue) }
    var opened: Int32 = -1
    var status = stat()
    let code = makingRoom { path.withCString { openForReading($0, &opened, &status) } }
    if let limit = OpenFileLimit(code) { throw .tooManyOpenFiles(path: self.path, limit: limit) }
    if code != 0 { throw Self.fault(self.path, role, got: systemText(code)) }
    descriptor = opened
    stamp = FileStamp(status)
    // Something else may have come in its place.
    if FileKind(status) != .file { throw Self.fault(self.path, role, got: FileKind(status).rawValue) }
  }

  deinit { close(descriptor) }

  /// Fills `bytes` from `offset` on. Throws where the file ends before.
  func read(at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws(DataError) {
    let (filled, code) = readFile(descriptor, at: offset, into: bytes)
    if code != 0 { throw .system(code, path) }
    guard filled == bytes.count else {
      throw .badFile(
        FileFault(
          path, offset: offset, expected: "\(bytes.count) bytes", got: "the end of the file after \(filled)",
          advice: FileFault.copyAgain))
    }
  }

  /// Lets the system read ahead; what that says is not looked at.
  func announce(at offset: Int, count: Int) {
    _ = posix_fadvise(descriptor, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
  }

  func bytes(at offset: Int, count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: DataError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(DataError) { try read(at: offset, into: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  private static func fault(_ path: String, _ role: String, got: String) -> DataError {
    .badFile(
      FileFault(
        path, expected: role, got: got,
        advice: "Check the path, which is relative to the working directory of the run, and that every host sees it."))
  }
}

/// Fills `bytes` with those from `offset` on, until the file ends. The system's error code, or 0.
func readFile(
  _ descriptor: Int32, at offset: Int, into bytes: UnsafeMutableRawBufferPointer
) -> (filled: Int, code: Int32) {
  var filled = 0
  while filled < bytes.count {
    let count = pread(descriptor, bytes.baseAddress.map { $0 + filled }, bytes.count - filled, off_t(offset + filled))
    if count < 0 && errno == EINTR { continue }
    if count < 0 { return (filled, errno) }
    if count == 0 { break }
    filled += count
  }
  return (filled, 0)
}
