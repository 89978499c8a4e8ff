import SystemPackage

/// Why a checkpoint could not be written or read.
public enum CheckpointError: Error, Hashable, CustomStringConvertible {
  /// A system call failed.
  case system(call: FileCall, path: String, errno: Errno)
  /// A file or folder is not what it should be: cut short, altered, of another format.
  case broken(path: String, reason: String)
  /// A sound file of tensors that does not fit the memory it should fill.
  case mismatch(RestoreMismatch)

  public var description: String {
    switch self {
    case .system(let call, let path, let errno):
      "\(call.rawValue)(\(path)) failed: \(errno) (errno \(errno.rawValue))\(Self.advice(errno, path))"
    case .broken(let path, let reason): "\(path): \(reason)"
    case .mismatch(let mismatch): mismatch.description
    }
  }

  private static func advice(_ errno: Errno, _ path: String) -> String {
    switch errno {
    case .noSpace, .diskQuotaExceeded: "; free some space, or keep fewer checkpoints"
    case .permissionDenied, .notPermitted: PermissionNote(path).text
    case .readOnlyFileSystem: "; choose a folder that can be written to"
    default: ""
    }
  }
}
