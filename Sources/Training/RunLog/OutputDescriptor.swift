import Glibc

/// An open file of the run's output; closed when it goes.
struct OutputDescriptor: ~Copyable {
  let path: String
  private let descriptor: Int32

  enum Mode {
    case replacing
    case appending
  }

  init(_ path: String, _ mode: Mode) throws(OutputError) {
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == .replacing ? O_TRUNC : O_APPEND)
    descriptor = open(path, flags, 0o666)
    self.path = path
    guard descriptor >= 0 else { throw OutputError("open", path) }
  }

  /// What `close` reports is not looked at: whoever needs to know that the bytes arrived calls `synchronize` before.
  deinit { if descriptor >= 0 { close(descriptor) } }

  func write(_ text: String) throws(OutputError) { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws(OutputError) {
    var rest = bytes
    try write(from: &rest)
  }

  /// In one call of `write`, unless the system takes less at once. Leaves in `bytes` what could not be written.
  func write(from bytes: inout [UInt8]) throws(OutputError) {
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        bytes.removeFirst(written)
      } else if errno != EINTR {
        throw OutputError("write", path)
      }
    }
  }

  func synchronize() throws(OutputError) {
    guard fsync(descriptor) == 0 else { throw OutputError("fsync", path) }
  }
}
