/// The system calls that checkpoints are written and read with; everything else in this module goes through them.
///
/// `SystemFiles` is the real thing. Tests put another one in front of it that fails at a chosen call. Each function is
/// one call that either happens or throws `CheckpointError.system`, and may be called from any thread.
public protocol FileOperations: Sendable {
  /// Creates a file for writing; fails when there is one already.
  func create(_ path: String) throws -> OpenFile
  func open(_ path: String) throws -> OpenFile
  /// Opens a file that is there for writing from its first byte on; it keeps its size.
  func openForWriting(_ path: String) throws -> OpenFile
  /// Bytes of an open file.
  func size(of file: OpenFile) throws -> Int
  /// Reads at `offset` and returns how many bytes were read: fewer than asked for at the file's end or when interrupted.
  func read(_ file: OpenFile, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws -> Int
  /// Takes the device's space for the file's first `bytes` bytes, which is from now on its size where it was smaller; fails
  /// when there is not enough. Does nothing where the file system cannot reserve.
  func reserve(_ file: OpenFile, bytes: Int) throws
  /// Writes behind what was written since the file was opened, and returns how many bytes were written, at least 1 and perhaps not all.
  func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws -> Int
  /// Returns once the file's bytes are on the device. After an error nothing is known of them, and a second try that
  /// succeeds proves nothing: the kernel may have dropped the pages.
  func sync(_ file: OpenFile) throws
  func close(_ file: OpenFile) throws
  /// Returns once the folder's entries (creations, renames, removals) are on the device.
  func syncFolder(_ path: String) throws
  func makeFolder(_ path: String) throws
  /// The names in a folder, without `.` and `..`, sorted.
  func names(inFolder path: String) throws -> [String]
  /// Atomic. Replaces a file; fails when `new` is a folder that is not empty.
  func rename(_ old: String, to new: String) throws
  func removeFile(_ path: String) throws
  /// Removes an empty folder.
  func removeFolder(_ path: String) throws
}

/// An open file, with its path for messages. Closed by `FileOperations.close`.
public struct OpenFile: Hashable, Sendable {
  public let descriptor: Int32
  public let path: String

  public init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }
}

/// The calls of `FileOperations` by the name of the C function.
public enum FileCall: String, Hashable, Sendable, CaseIterable {
  case open, fstat, fallocate, pread, write, fsync, close, mkdir, readdir, rename, unlink, rmdir
}
