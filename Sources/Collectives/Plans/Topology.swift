/// Which ranks share a host's memory: equal on every rank.
public struct Topology: Hashable, Sendable, CustomStringConvertible {
  /// The ranks of each host, ascending; hosts in the order of their first ranks.
  public let hosts: [[Int]]
  /// Of every rank, its index in `hosts`.
  public let hostOfRank: [Int]

  public var worldSize: Int { hostOfRank.count }

  /// - Parameter hostNumbers: for every rank a number that it shares with the ranks of its host and no others.
  public init(hostNumbers: [Int]) {
    var indexOfNumber: [Int: Int] = [:]
    var hosts: [[Int]] = []
    var hostOfRank: [Int] = []
    for (rank, number) in hostNumbers.enumerated() {
      let index = indexOfNumber[number, default: hosts.count]
      if index == hosts.count { hosts.append([]) }
      indexOfNumber[number] = index
      hosts[index].append(rank)
      hostOfRank.append(index)
    }
    (self.hosts, self.hostOfRank) = (hosts, hostOfRank)
  }

  public func neighbours(of rank: Int) -> [Int] { hosts[hostOfRank[rank]] }

  /// The same ranks where those in `alone` cannot share memory with anybody: each counts as a host of its own.
  func separating(_ alone: Set<Int>) -> Topology {
    Topology(
      hostNumbers: hostOfRank.enumerated().map { rank, host in alone.contains(rank) ? -1 - rank : host })
  }

  /// As `2 hosts of 4 ranks` or `hosts of 4, 4 and 2 ranks`.
  public var description: String {
    let sizes = hosts.map(\.count)
    let ranks = sizes[0] == 1 ? "rank" : "ranks"
    if Set(sizes).count == 1 { return "\(hosts.count) host\(hosts.count == 1 ? "" : "s") of \(sizes[0]) \(ranks)" }
    return "hosts of \(sizes.map(String.init).joined(separator: ", ")) ranks"
  }
}
