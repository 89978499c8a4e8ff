import Glibc

/// Limits of the system that this process runs under, as far as there are any: what a message names when the system
/// refuses threads or memory.
public enum SystemLimits {
  /// A limit, by the name that people set it by.
  public struct Limit: Sendable, Equatable {
    /// As in `address space (ulimit -v)`.
    public let name: String
    public let value: Int
    /// Whether the value counts bytes.
    public let isBytes: Bool

    public init(_ name: String, _ value: Int, isBytes: Bool) {
      (self.name, self.value, self.isBytes) = (name, value, isBytes)
    }
  }

  public static var addressSpace: Limit? { resource(RLIMIT_AS, "address space (ulimit -v)", isBytes: true) }
  private static var processes: Limit? {
    resource(__RLIMIT_NPROC, "processes and threads of this user (ulimit -u)", isBytes: false)
  }
  private static var stack: Limit? { resource(RLIMIT_STACK, "stack of a thread (ulimit -s)", isBytes: true) }

  /// What a thread's stack takes of the addresses, where nothing else is said: the C library's default.
  public static var stackBytes: Int { stack?.value ?? 2 << 20 }

  /// Those that can keep a thread from being started.
  public static var onThreads: [Limit] {
    [processes, ControlGroup.own.threads, addressSpace, stack].compactMap(\.self)
  }

  private static func resource(_ resource: __rlimit_resource, _ name: String, isBytes: Bool) -> Limit? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else {
      return nil
    }
    return Limit(name, Int(limit.rlim_cur), isBytes: isBytes)
  }
}

extension SystemLimits.Limit: CustomStringConvertible {
  public var description: String { "\(name): \(isBytes ? "\(value / 1_000_000) MB" : "\(value)")" }
}

/// The system gives this process no more threads or memory. Another start under the same limits would meet it again.
public struct SystemLimitReached: Error, Hashable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }

  /// - Parameter what: completes "no thread could be started for".
  static func thread(_ what: String, call: String, code: Int32) -> SystemLimitReached {
    let limits = SystemLimits.onThreads.map(\.description)
    let named = limits.isEmpty ? "the system's own, /proc/sys/kernel/threads-max" : limits.joined(separator: ", ")
    return SystemLimitReached(
      "no thread could be started for \(what): \(String(cString: strerror(code))) (\(call), errno \(code)). Limits "
        + "here: \(named). Raise the one that is too low, or use fewer threads (threads_per_rank, data.workers, ranks on this host)."
    )
  }
}
