import Platform

/// Whether the memory that a job's ranks are going to need is there: a pure function of what all of them told.
package struct MemoryVerdict: Equatable, Sendable {
  /// Ranks that share a limit, and how much of it they will take.
  package struct Finding: Equatable, Sendable {
    let host: String
    let ranks: [Int]
    let needed: Int
    let limit: MemoryDemand.Limit

    var share: Double { Double(needed) / Double(limit.bytes) }
  }

  /// From so much of a limit on a job is warned, since a prediction is no promise; from so much on it cannot run.
  package static let (tightShare, lackingShare) = (0.9, 1.1)

  /// Limits that are nearly reached, or not quite held; of all that are not held.
  package let tight: [Finding]
  package let lacking: [Finding]

  /// - Parameter demands: of every rank.
  package init(_ demands: [MemoryDemand]) {
    var findings: [Finding] = []
    var seen: Set<String> = []
    for demand in demands {
      for limit in demand.limits where seen.insert("\(limit.owner) \(limit.name)").inserted {
        let sharing = demands.indices.filter { rank in
          demands[rank].limits.contains { $0.owner == limit.owner && $0.name == limit.name }
        }
        findings.append(
          Finding(
            host: demand.host, ranks: sharing, needed: sharing.reduce(0) { $0 + demands[$1].bytes }, limit: limit))
      }
    }
    lacking = findings.filter { $0.share > Self.lackingShare }
    tight = findings.filter { $0.share > Self.tightShare && $0.share <= Self.lackingShare }
  }
}

extension MemoryVerdict.Finding: CustomStringConvertible {
  package var description: String {
    let who = ranks.count == 1 ? "rank \(ranks[0])" : "\(ranks.count) ranks"
    return
      "\(who) on \(host) will need \(inMegabytes(needed)) by the plan, and \(limit.name) is \(inMegabytes(limit.bytes))"
  }
}

extension MemoryVerdict {
  /// What lowers what a run needs.
  package static let advice =
    "Lower batch.global, data.prefetch, data.workers or the ranks of a host, or use precision bf16, memory.recompute chains "
    + "or optimizer.sharded; dist-train plan CONFIG --ranks N shows what takes how much."
}
