import Glibc

/// Does `attempt`, which gives the system's error code or 0. Where there are too many open files, those that are kept for
/// later are closed and it is done again; then other threads are given a while to close what they have in use.
func makingRoom(_ attempt: () -> Int32) -> Int32 {
  var waits = 0
  while true {
    let code = attempt()
    guard code == EMFILE || code == ENFILE else { return code }
    if OpenFilePool.shared.closeSome() { continue }
    guard waits < 25 else { return code }
    waits += 1
    usleep(20_000)
  }
}

/// Opens a file for reading. Returns the system's error code, or 0 and fills in `descriptor` and `status`, which says
/// whether it is a regular file: one that is not must be closed unread.
///
/// Does not wait for the other end of a pipe, nor make a terminal the process's own.
///
/// - Parameter waits: whether to wait for a lease on the file (fcntl(2)), as file servers hold them, to be given back.
func openForReading(
  _ path: UnsafePointer<CChar>, _ descriptor: inout Int32, _ status: inout stat, waits: Bool = true
) -> Int32 {
  let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY
  descriptor = open(path, flags | O_NONBLOCK)
  if descriptor < 0, waits, errno == EWOULDBLOCK, stat(path, &status) == 0, FileKind(status) == .file {
    descriptor = open(path, flags)
  }
  guard descriptor >= 0 else { return errno }
  if fstat(descriptor, &status) == 0 { return 0 }
  let code = errno
  close(descriptor)
  return code
}

extension DataError {
  /// What the system said when it was to open or read `path`.
  static func system(_ code: Int32, _ path: @autoclosure () -> String) -> DataError {
    if let limit = OpenFileLimit(code) { return .tooManyOpenFiles(path: path(), limit: limit) }
    return .unreadable(path: path(), reason: systemText(code))
  }
}

/// The system's words for an error code.
func systemText(_ code: Int32) -> String { String(cString: strerror(code)) }
