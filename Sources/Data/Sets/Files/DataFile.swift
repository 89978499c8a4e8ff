import Foundation
import SystemPackage

/// A file that is open as long as anyone holds it, read at any place by any thread.
final class DataFile: Sendable {
  let path: String
  /// When the file was opened.
  let stamp: FileStamp
  private let descriptor: FileDescriptor

  var size: Int { stamp.size }

  /// Throws unless `path` is a regular file that can be read; `role` says what it would have been.
  init(_ path: String, as role: String) throws(DataError) {
    // Without O_NONBLOCK, opening a FIFO would wait for its writer.
    do {
      descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch {
      throw Self.fault(path, role, got: (error as? Errno)?.description ?? "\(error)")
    }
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      try? descriptor.close()
      throw Self.fault(path, role, got: "something that is not a file")
    }
    self.path = path
    stamp = FileStamp(status)
  }

  deinit { try? descriptor.close() }

  /// Fills `bytes` from `offset` on. Throws where the file ends before.
  func read(at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws(DataError) {
    var filled = 0
    while filled < bytes.count {
      let count: Int
      do {
        count = try descriptor.read(
          fromAbsoluteOffset: Int64(offset + filled), into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
      } catch {
        throw .unreadable(path: path, reason: (error as? Errno)?.description ?? "\(error)")
      }
      guard count > 0 else {
        throw .badFile(
          FileFault(
            path, offset: offset, expected: "\(bytes.count) bytes", got: "the end of the file after \(filled)",
            advice: FileFault.copyAgain))
      }
      filled += count
    }
  }

  /// Lets the system read ahead; what that says is not looked at.
  func announce(at offset: Int, count: Int) {
    _ = posix_fadvise(descriptor.rawValue, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
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

/// What tells a file or folder that was changed from one that was not, without reading it.
struct FileStamp: Hashable, Sendable {
  let size: Int
  /// Of the last change, in nanoseconds since 1970.
  let modified: Int

  init(size: Int, modified: Int) {
    self.size = size
    self.modified = modified
  }

  /// Of what is at `path`, links followed; nil if there is nothing.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    // Files from elsewhere may bear any time; what does not fit wraps around, and is still only compared.
    let seconds = status.st_mtim.tv_sec.multipliedReportingOverflow(by: 1_000_000_000).partialValue
    self.init(size: Int(status.st_size), modified: seconds &+ status.st_mtim.tv_nsec)
  }
}

/// The folder that a file is in.
func folder(of path: String) -> String {
  let folder = FilePath(path).removingLastComponent().string
  return folder.isEmpty ? "." : folder
}

/// Whether there is a folder at `path`, following links.
func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
