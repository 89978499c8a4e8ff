import Fabrics
import Foundation
import Platform

/// What a rank is going to need, and what limits it: what ranks tell each other before memory is taken.
package struct MemoryDemand: Codable, Sendable, Equatable {
  /// Memory that several ranks may share.
  package struct Limit: Codable, Sendable, Equatable {
    /// As in `memory of the control group (memory.max)`.
    package let name: String
    package let bytes: Int
    /// Equal for ranks that share it, and different for others.
    package let owner: String

    package init(_ name: String, _ bytes: Int, owner: String) {
      (self.name, self.bytes, self.owner) = (name, bytes, owner)
    }
  }

  package let host: String
  /// The predicted peak.
  package let bytes: Int
  package let limits: [Limit]

  package init(host: String, bytes: Int, limits: [Limit]) {
    (self.host, self.bytes, self.limits) = (host, bytes, limits)
  }
}

extension MemoryDemand {
  /// Of this rank.
  ///
  /// - Parameter hostNumber: tells the hosts of a job apart, which may share a name.
  init(bytes: Int, host: String, hostNumber: Int, environment: [String: String]) {
    let everyone = "host \(hostNumber)"
    var limits: [Limit] = []
    if let group = ControlGroup.own.memory {
      limits.append(Limit(group.limit.name, group.limit.value, owner: "\(everyone) \(group.folder)"))
    }
    if let slurm = Self.slurm(environment) { limits.append(Limit(slurm.name, slurm.value, owner: everyone)) }
    if let own = SystemLimits.addressSpace {
      limits.append(Limit(own.name, own.value, owner: "\(everyone) process \(getpid())"))
    }
    let pages = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    limits.append(Limit("the host's memory", pages, owner: everyone))
    self.init(host: host, bytes: bytes, limits: limits)
  }

  /// What Slurm gives the job on this node: `SLURM_MEM_PER_NODE`, or `SLURM_MEM_PER_CPU` for each processor of the node
  /// that is the job's, in MiB. 0 is all there is.
  package static func slurm(_ environment: [String: String]) -> SystemLimits.Limit? {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
    if let node = number("SLURM_MEM_PER_NODE") {
      return SystemLimits.Limit("memory of the Slurm job (SLURM_MEM_PER_NODE)", node << 20, isBytes: true)
    }
    guard let processor = number("SLURM_MEM_PER_CPU"), let processors = number("SLURM_CPUS_ON_NODE") else { return nil }
    return SystemLimits.Limit(
      "memory of the Slurm job (SLURM_MEM_PER_CPU for \(processors) processors)", (processor * processors) << 20,
      isBytes: true)
  }
}
