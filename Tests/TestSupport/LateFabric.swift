import Fabrics

/// A fabric whose messages leave late, but for those by which ranks tell each other why they wait: for tests of patience.
public final class LateFabric: Fabric {
  private let base: any Fabric
  private let start = ContinuousClock.now
  private let delay: Duration
  /// What has not left yet, by the identifier that its sender knows.
  private var held: [(identifier: Int, bytes: UnsafeRawBufferPointer, peer: Int, tag: Int)] = []
  private var left: [Int: Transfer] = [:]
  private var identifiers = -1

  /// - Parameter delay: after this fabric was made.
  public init(_ base: any Fabric, by delay: Duration) { (self.base, self.delay) = (base, delay) }

  public var rank: Int { base.rank }
  public var worldSize: Int { base.worldSize }
  public var hostOfRank: [Int] { base.hostOfRank }
  public var hostName: String { base.hostName }

  /// Exchanges alone have this tag.
  private static let heldTag = 0

  public func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    guard tag == Self.heldTag, ContinuousClock.now - start < delay else {
      try release()
      return try base.startSend(bytes, to: peer, tag: tag)
    }
    identifiers -= 1
    held.append((identifiers, bytes, peer, tag))
    return Transfer(identifier: identifiers, peer: peer, isSend: true)
  }

  private func release() throws {
    guard ContinuousClock.now - start >= delay else { return }
    for message in held {
      left[message.identifier] = try base.startSend(message.bytes, to: message.peer, tag: message.tag)
    }
    held = []
  }

  public func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    try base.startReceive(into: bytes, from: peer, tag: tag)
  }

  public func isFinished(_ transfer: Transfer) throws -> Bool {
    try release()
    guard transfer.identifier < 0 else { return try base.isFinished(transfer) }
    guard let sent = left[transfer.identifier], try base.isFinished(sent) else { return false }
    left[transfer.identifier] = nil
    return true
  }

  public func senderOfMessage(tag: Int) throws -> Int? { try base.senderOfMessage(tag: tag) }
  public func hasMessage(from peer: Int, tag: Int) throws -> Bool { try base.hasMessage(from: peer, tag: tag) }
  public func idle(afterPolls polls: Int) { base.idle(afterPolls: polls) }
  public func abort(status: Int32) { base.abort(status: status) }
  public func finalize() throws { try base.finalize() }
}

/// What a closure counts.
public final class Counter {
  public var count = 0
  public init() {}
}
