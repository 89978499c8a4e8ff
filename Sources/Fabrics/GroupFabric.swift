/// Some of the ranks of another fabric, numbered anew: their messages have tags that the other's do not use.
///
/// Tags of a fabric that has groups, and of a group that has none of its own, are below `tagsOfAGroup`.
final class GroupFabric: Fabric {
  /// Room for a fabric, its groups, and theirs.
  static let tagsOfAGroup = maximumTag / 3

  let rank: Int
  let hostOfRank: [Int]
  let jobRanks: [Int]
  private let base: any Fabric
  private let members: [Int]

  /// - Parameter members: of the base's ranks, ascending, its own among them.
  init(_ base: any Fabric, members: [Int]) {
    guard let rank = members.firstIndex(of: base.rank) else {
      preconditionFailure("rank \(base.rank) makes a group of the others \(members)")
    }
    (self.base, self.members, self.rank) = (base, members, rank)
    hostOfRank = hostsOfGroup(members, hostOfRank: base.hostOfRank)
    jobRanks = members.map { base.jobRanks[$0] }
  }

  var worldSize: Int { members.count }
  var hostName: String { base.hostName }

  func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    own(try base.startSend(bytes, to: members[peer], tag: ownTag(tag)), peer)
  }

  func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    own(try base.startReceive(into: bytes, from: members[peer], tag: ownTag(tag)), peer)
  }

  func isFinished(_ transfer: Transfer) throws -> Bool {
    try base.isFinished(
      Transfer(identifier: transfer.identifier, peer: members[transfer.peer], isSend: transfer.isSend))
  }

  func senderOfMessage(tag: Int) throws -> Int? {
    try base.senderOfMessage(tag: ownTag(tag)).flatMap { members.firstIndex(of: $0) }
  }

  func hasMessage(from peer: Int, tag: Int) throws -> Bool {
    try base.hasMessage(from: members[peer], tag: ownTag(tag))
  }

  func idle(afterPolls polls: Int) { base.idle(afterPolls: polls) }
  func abort(status: Int32) { base.abort(status: status) }
  func finalize() {}

  private func ownTag(_ tag: Int) -> Int {
    precondition(tag < Self.tagsOfAGroup, "tag \(tag) of a group; they are below \(Self.tagsOfAGroup)")
    return tag + Self.tagsOfAGroup
  }

  private func own(_ transfer: Transfer, _ peer: Int) -> Transfer {
    Transfer(identifier: transfer.identifier, peer: peer, isSend: transfer.isSend)
  }
}

/// For every member the lowest number in the group of those on its host.
func hostsOfGroup(_ members: [Int], hostOfRank: [Int]) -> [Int] {
  members.map { member in members.firstIndex { hostOfRank[$0] == hostOfRank[member] }! }
}
