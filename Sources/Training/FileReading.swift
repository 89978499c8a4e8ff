import Glibc

/// Why a file could not be read.
struct FileReadingError: Error {
  /// `errno` after the call that failed.
  let code: Int32

  var reason: String { String(cString: strerror(code)) }
}

/// The bytes of a whole file. Foundation's way loses the system's reason.
func readFile(_ path: String) throws(FileReadingError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileReadingError(code: errno) }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &piece, piece.count)
    if count == 0 { return bytes }
    if count > 0 {
      bytes.append(contentsOf: piece[..<count])
    } else if errno != EINTR {
      throw FileReadingError(code: errno)
    }
  }
}
