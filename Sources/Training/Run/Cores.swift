import Foundation
import Glibc

/// The processors that this process may run on: fewer than the host has where mpirun, Slurm or a container bound it.
///
/// Read from the kernel's own account, a hexadecimal mask: Swift has no `sched_getaffinity` here, and Foundation's
/// `activeProcessorCount` counts those of the host.
func boundCores() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
  let digits = line?.split(whereSeparator: \.isWhitespace).last ?? ""
  let cores = digits.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
  return cores > 0 ? cores : .max
}

/// The processors of this host that its ranks share, however each is bound. A container's CPU quota (cgroup v2) counts.
func hostCores() -> Int {
  let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  guard let quota = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8) else { return cores }
  let numbers = quota.split(whereSeparator: \.isWhitespace).map { Double($0) }
  guard numbers.count == 2, let limit = numbers[0], let period = numbers[1], period > 0 else { return cores }
  return max(1, min(cores, Int((limit / period).rounded(.down))))
}
