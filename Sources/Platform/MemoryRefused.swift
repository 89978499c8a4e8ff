import Glibc
import Synchronization

/// What this process says, and how it ends, when the system refuses memory that its plan needs.
///
/// A rank that lacks a part of its memory cannot go on, and the launcher then ends the others. What can be told before memory
/// is taken is told by all ranks together; this is for the rest.
public enum MemoryRefused {
  /// EX_SOFTWARE, as of every limit of the system.
  private static let status: Int32 = 70
  private static let plan = Mutex("")

  /// What the words end with: what the plan had predicted, and what to lower.
  public static func explain(_ text: String) { plan.withLock { $0 = text } }

  /// Ends the process.
  public static func end(asking bytes: Int) -> Never {
    let limits = [SystemLimits.addressSpace, ControlGroup.own.memory?.limit].compactMap { $0?.description }
    let named = limits.isEmpty ? "" : " Limits here: \(limits.joined(separator: ", "))."
    let text =
      "dist-train: the system refused \(inMegabytes(bytes)) of memory.\(named)\(plan.withLock { $0.isEmpty ? "" : " \($0)" })\n"
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    _exit(status)
  }
}

/// As in `44.7 MB`.
public func inMegabytes(_ bytes: Int) -> String {
  let tenths = (bytes + 50_000) / 100_000
  return "\(tenths / 10).\(tenths % 10) MB"
}

/// Reserves so many bytes of this process's addresses, and lets them go. Throws where a limit does not allow it: no memory is
/// taken.
public func rehearseAddresses(bytes: Int, _ advice: @autoclosure () -> String) throws(SystemLimitReached) {
  guard bytes > 0 else { return }
  let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
  guard let address, address != MAP_FAILED else {
    let reason = String(cString: strerror(errno))
    let limit = SystemLimits.addressSpace.map { " The limit on this process's \($0)." } ?? ""
    throw SystemLimitReached("the system refused \(inMegabytes(bytes)) of addresses: \(reason).\(limit) \(advice())")
  }
  munmap(address, bytes)
}

/// Addresses that stand for memory which nobody reads or writes.
public final class ReservedAddresses {
  public let bytes: UnsafeMutableRawBufferPointer

  public init(bytes count: Int) {
    let address = mmap(nil, max(count, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address, address != MAP_FAILED else { MemoryRefused.end(asking: count) }
    bytes = UnsafeMutableRawBufferPointer(start: address, count: count)
  }

  deinit { munmap(bytes.baseAddress, max(bytes.count, 1)) }
}
