import Glibc

/// Keeps a second job out of a run's folder as long as this one lives: two writers would mix two histories. The kernel
/// takes the lock back with the process, however that ends.
struct FolderLock: ~Copyable {
  private let descriptor: Int32

  /// Throws `RunError` when another job has the folder. A file system without locks gives none, and no error.
  init(_ folder: OutputFolder) throws {
    let path = "\(folder.path)/.lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputError("open", path) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      throw RunError(
        .output,
        "another job is writing to \(folder.path). Wait for its end, or choose another name (--set name=...). Ranks that "
          + "were started without mpirun are a job each.")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
