import Foundation
import Glibc

/// The cores of this host that its ranks can share.
///
/// Not the affinity mask: mpirun may have bound this process to the cores of its own share, and what counts is what all
/// ranks of the host have together. A container's CPU quota (cgroup v2) counts, since it is shared by them all.
func availableCores() -> Int {
  let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  guard let quota = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8) else { return cores }
  let numbers = quota.split(whereSeparator: \.isWhitespace).map { Double($0) }
  guard numbers.count == 2, let limit = numbers[0], let period = numbers[1], period > 0 else { return cores }
  return max(1, min(cores, Int((limit / period).rounded(.down))))
}
