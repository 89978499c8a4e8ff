import Foundation
import Glibc

/// Does `action` on another thread once a file or folder is there.
func whenThere(_ path: String, _ action: @escaping @Sendable () -> Void) {
  Thread.detachNewThread {
    for _ in 0..<12_000 {
      if FileManager.default.fileExists(atPath: path) { return action() }
      usleep(5_000)
    }
  }
}

/// Those that a process has started and that are there, as the ranks of an mpirun.
func children(of process: pid_t) -> [pid_t] {
  let list = (try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)) ?? ""
  return list.split(separator: " ").compactMap { pid_t($0) }
}
