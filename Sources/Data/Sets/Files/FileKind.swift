import Glibc

/// What there is at a path. The raw value completes "it is".
enum FileKind: String {
  case file = "a file"
  case folder = "a folder"
  case pipe = "a FIFO (a named pipe)"
  case socket = "a socket"
  case device = "a device"
  case unknown = "something that is not a file"

  init(_ status: stat) {
    self =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      case S_IFCHR, S_IFBLK: .device
      default: .unknown
      }
  }

  /// Of an entry of a folder, as the folder itself tells it; nil where only the file does: at a link, and where the file
  /// system does not keep it in its folders.
  init?(entry type: UInt8) {
    switch Int(type) {
    case DT_REG: self = .file
    case DT_DIR: self = .folder
    case DT_FIFO: self = .pipe
    case DT_SOCK: self = .socket
    case DT_CHR, DT_BLK: self = .device
    default: return nil
    }
  }

  /// Of what is at `path`, links followed; nil if there is nothing, or it cannot be seen.
  init?(of path: BytePath) {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }
}

/// Whether there is a folder at `path`, following links.
func isFolder(_ path: BytePath) -> Bool { FileKind(of: path) == .folder }

/// Whether there is anything at `path`, be it a link that leads nowhere or something that cannot be read: whoever opens it
/// will see what is wrong with it.
func isPresent(_ path: BytePath) -> Bool {
  var status = stat()
  return path.withCString { lstat($0, &status) } == 0
}
