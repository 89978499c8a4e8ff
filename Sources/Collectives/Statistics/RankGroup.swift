/// Ranks that share numbers, seen from one of them: equal on all of them but for whose view it is.
public struct RankGroup: Hashable, Sendable {
  /// Ascending.
  public let members: [Int]
  /// Those of a host meet in its shared memory, and the first of them meets the first ones of other hosts.
  let byHost: Levels
  /// Each by itself: for what does not fit the shared memory.
  let flat: Levels

  struct Levels: Hashable, Sendable {
    /// Positions on this host's board of the members that are here, this rank's among them.
    let positions: [Int]
    /// The first member of each host.
    let leaders: [Int]
    /// This rank's index there; nil where another one speaks for its host.
    let leaderIndex: Int?
    let pairing: Pairing

    init(hosts: [[Int]], positions: [Int], rank: Int) {
      self.positions = positions
      leaders = hosts.map { $0[0] }
      leaderIndex = leaders.firstIndex(of: rank)
      pairing = Pairing(worldSize: max(1, hosts.count))
    }
  }

  /// - Parameter members: ascending, `rank` among them.
  init(_ members: [Int], topology: Topology, rank: Int) {
    precondition(members.contains(rank), "rank \(rank) is not among \(members)")
    self.members = members
    let neighbours = topology.neighbours(of: rank)
    let hosts = topology.hosts.map { host in host.filter(members.contains) }.filter { !$0.isEmpty }
    byHost = Levels(hosts: hosts, positions: neighbours.indices.filter { members.contains(neighbours[$0]) }, rank: rank)
    flat = Levels(hosts: members.map { [$0] }, positions: [], rank: rank)
  }
}

/// Which ranks share BatchNorm's statistics.
public enum StatisticsSpan: Hashable, Sendable {
  case all
  /// The ranks of a host.
  case node
  /// As many ranks, following each other; the last ones where that does not divide the world size are fewer.
  case ranks(Int)

  /// The ranks that `rank` shares statistics with, itself included.
  public func members(of rank: Int, hostOfRank: [Int]) -> [Int] {
    switch self {
    case .all: return Array(hostOfRank.indices)
    case .node: return hostOfRank.indices.filter { hostOfRank[$0] == hostOfRank[rank] }
    case .ranks(let count):
      let first = rank / count * count
      return Array(first..<min(first + count, hostOfRank.count))
    }
  }
}
