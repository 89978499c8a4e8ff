import Fabrics

/// A fabric whose ranks are told that they are on several hosts, though they share one.
public final class HostsFabric: Fabric {
  private let base: any Fabric
  public let hostOfRank: [Int]

  /// - Parameter hosts: how many ranks each host has, in the order of ranks; the last number goes for all further hosts.
  public init(_ base: any Fabric, hosts: [Int]) {
    self.base = base
    var hostOfRank: [Int] = []
    var host = 0
    while hostOfRank.count < base.worldSize {
      let first = hostOfRank.count
      let count = min(hosts[min(host, hosts.count - 1)], base.worldSize - first)
      hostOfRank += [Int](repeating: first, count: count)
      host += 1
    }
    self.hostOfRank = hostOfRank
  }

  public var rank: Int { base.rank }
  public var worldSize: Int { base.worldSize }
  public var hostName: String { base.hostName }

  public func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    try base.startSend(bytes, to: peer, tag: tag)
  }

  public func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    try base.startReceive(into: bytes, from: peer, tag: tag)
  }

  public func isFinished(_ transfer: Transfer) throws -> Bool { try base.isFinished(transfer) }
  public func senderOfMessage(tag: Int) throws -> Int? { try base.senderOfMessage(tag: tag) }
  public func hasMessage(from peer: Int, tag: Int) throws -> Bool { try base.hasMessage(from: peer, tag: tag) }
  public func idle(afterPolls polls: Int) { base.idle(afterPolls: polls) }
  public func abort(status: Int32) { base.abort(status: status) }
  public func finalize() throws { try base.finalize() }
}
