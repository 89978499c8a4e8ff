import Glibc
import Platform

/// A file or folder of the run's output could not be written.
public struct OutputError: Error, Equatable, CustomStringConvertible {
  /// The C function that failed.
  public let call: String
  public let path: String
  /// `errno` after the call.
  public let code: Int32
  /// Where `path` is a link to nothing, what it names.
  public let danglingLink: String?

  init(_ call: String, _ path: String, code: Int32 = errno, danglingLink: String? = nil) {
    self.call = call
    self.path = path
    self.code = code
    self.danglingLink = danglingLink
  }

  public var description: String {
    if let danglingLink {
      return
        "cannot write \(visibleText(path)): it is a link to \(visibleText(danglingLink)), and nothing is there; make that folder (is "
        + "its file system mounted?), or remove the link"
    }
    return
      "cannot write \(visibleText(path)): \(String(cString: strerror(code))) (\(call), errno \(code)); \(advice)"
  }

  private var advice: String {
    switch code {
    case ENOSPC, EDQUOT: "make room, or choose another folder with --set output=FOLDER"
    case EACCES, EPERM, EROFS: "choose a folder that you may write to with --set output=FOLDER"
    case ENOTDIR, EEXIST: "a file is where a folder should be; move it or choose --set output=FOLDER"
    default: "check the file system, then start again to go on"
    }
  }
}
