import Glibc

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
  init?(of path: BytePath) {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    // Files from elsewhere may bear any time; what does not fit wraps around, and is still only compared.
    let seconds = status.st_mtim.tv_sec.multipliedReportingOverflow(by: 1_000_000_000).partialValue
    self.init(size: Int(status.st_size), modified: seconds &+ status.st_mtim.tv_nsec)
  }
}
