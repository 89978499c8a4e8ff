import Glibc

/// A limit on open files that was met: this process's, with its value, or the host's. It says nothing about the data.
public enum OpenFileLimit: Hashable, Sendable {
  case process(Int)
  case host

  /// Which of them the system meant; nil where the code means something else.
  init?(_ code: Int32) {
    switch code {
    case EMFILE: self = .process(Int(clamping: Self.limits.rlim_cur))
    case ENFILE: self = .host
    default: return nil
    }
  }
}

extension OpenFileLimit: CustomStringConvertible {
  public var description: String {
    switch self {
    case .process(let files):
      "this process may have no more than \(files) files open (RLIMIT_NOFILE, `ulimit -n`), and closing what it could do "
        + "without did not help. Nothing is wrong with the data. Raise the limit where the job is started, on every host, "
        + "as with `ulimit -n 4096`."
    case .host:
      "the host has as many files open as it can (ENFILE; sysctl fs.file-max). Nothing is wrong with the data. Raise it, "
        + "or look who has so many open (lsof)."
    }
  }
}

extension OpenFileLimit {
  /// More than anything here can use, and few enough for programs that go through all numbers of files there may be.
  private static let most: rlim_t = 65_536

  /// How many files the process may have open, once it has raised that as far as it may itself. Many systems allow 1,024
  /// or fewer at first, for the sake of old programs, and far more to whoever asks.
  static let raised: Int = {
    var limits = Self.limits
    if limits.rlim_cur < min(limits.rlim_max, most) {
      limits.rlim_cur = min(limits.rlim_max, most)
      _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    }
    return Int(clamping: Self.limits.rlim_cur)
  }()

  private static var limits: rlimit {
    var limits = rlimit()
    _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    return limits
  }
}
