import Fabrics

/// A fabric that loses what this rank sends with some tags: for tests of who notices. It is reported finished all the same.
public final class SilentFabric: Fabric {
  private let base: any Fabric
  private let isLost: (_ tag: Int) -> Bool
  private static let lost = -1

  public init(_ base: any Fabric, losing isLost: @escaping (_ tag: Int) -> Bool) {
    (self.base, self.isLost) = (base, isLost)
  }

  public var rank: Int { base.rank }
  public var worldSize: Int { base.worldSize }
  public var hostOfRank: [Int] { base.hostOfRank }
  public var hostName: String { base.hostName }

  public func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    isLost(tag)
      ? Transfer(identifier: Self.lost, peer: peer, isSend: true) : try base.startSend(bytes, to: peer, tag: tag)
  }

  public func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    try base.startReceive(into: bytes, from: peer, tag: tag)
  }

  public func isFinished(_ transfer: Transfer) throws -> Bool {
    try transfer.identifier == Self.lost || base.isFinished(transfer)
  }

  public func senderOfMessage(tag: Int) throws -> Int? { try base.senderOfMessage(tag: tag) }
  public func hasMessage(from peer: Int, tag: Int) throws -> Bool { try base.hasMessage(from: peer, tag: tag) }
  public func idle(afterPolls polls: Int) { base.idle(afterPolls: polls) }
  public func abort(status: Int32) { base.abort(status: status) }
  public func finalize() throws { try base.finalize() }
}
