import Glibc

/// What the kernel says of another process of this host.
package enum ProcessState: Hashable {
  case running
  case stopped
  case ended

  /// Source: proc(5), /proc/[pid]/stat, the field after the name.
  init(of process: Int32) {
    self = .ended
    guard let file = fopen("/proc/\(process)/stat", "r") else { return }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = fread(&bytes, 1, bytes.count, file)
    guard let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else { return }
    switch bytes[end + 2] {
    case UInt8(ascii: "Z"), UInt8(ascii: "X"): self = .ended
    case UInt8(ascii: "T"), UInt8(ascii: "t"): self = .stopped
    default: self = .running
    }
  }

  var words: String {
    switch self {
    case .running: "is running"
    case .stopped: "is stopped (SIGSTOP)"
    case .ended: "has ended"
    }
  }
}
