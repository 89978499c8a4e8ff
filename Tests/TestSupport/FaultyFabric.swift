import Fabrics
import Glibc
import Tensors

/// A fabric that is late, out of order and, where asked to be, silent: for tests that timing changes nothing.
///
/// Every transfer's end is reported a random number of polls late, and every send starts a random number of polls late
/// (those to the same peer with the same tag in order, as every fabric promises), some of them after a short sleep. The
/// numbers are keyed by seed and rank. Messages move only while this rank polls, as with MPI.
public final class FaultyFabric: Fabric {
  private enum State {
    case held
    case started(Transfer, reportedAt: Int)
    case dropped
  }

  /// A send that has not started. Like MPI, the fabric reads the caller's memory until the transfer is finished.
  private struct HeldSend {
    let transfer: Transfer
    let bytes: UnsafeRawBufferPointer
    let tag: Int
    let startedAt: Int
  }

  private let base: any Fabric
  private let maximumDelay: Int
  private let dropsSend: (_ peer: Int, _ ordinal: Int) -> Bool
  private var random: KeyedRandom
  private var polls = 0
  private var sends = 0
  private var states: [State] = []
  private var heldSends: [HeldSend] = []

  /// - Parameters:
  ///   - maximumDelay: in polls.
  ///   - dropsSend: whether this rank's `ordinal`-th send is lost on its way; it is reported finished all the same.
  public init(
    _ base: any Fabric, seed: UInt64, maximumDelay: Int = 12,
    dropsSend: @escaping (_ peer: Int, _ ordinal: Int) -> Bool = { _, _ in false }
  ) {
    self.base = base
    self.maximumDelay = maximumDelay
    self.dropsSend = dropsSend
    random = KeyedRandom(seed: seed, purpose: .testing, index: base.rank)
  }

  public var rank: Int { base.rank }
  public var worldSize: Int { base.worldSize }
  public var hostOfRank: [Int] { base.hostOfRank }
  public var hostName: String { base.hostName }

  public func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    let transfer = Transfer(identifier: states.count, peer: peer, isSend: true)
    defer { sends += 1 }
    if dropsSend(peer, sends) {
      states.append(.dropped)
    } else {
      states.append(.held)
      heldSends.append(HeldSend(transfer: transfer, bytes: bytes, tag: tag, startedAt: polls + delay()))
    }
    return transfer
  }

  public func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    let transfer = Transfer(identifier: states.count, peer: peer, isSend: false)
    states.append(.started(try base.startReceive(into: bytes, from: peer, tag: tag), reportedAt: polls + delay()))
    return transfer
  }

  public func isFinished(_ transfer: Transfer) throws -> Bool {
    polls += 1
    try startDueSends()
    switch states[transfer.identifier] {
    case .held: return false
    case .dropped: return true
    case .started(let started, let reportedAt): return try polls >= reportedAt && base.isFinished(started)
    }
  }

  public func senderOfMessage(tag: Int) throws -> Int? { try base.senderOfMessage(tag: tag) }
  public func hasMessage(from peer: Int, tag: Int) throws -> Bool { try base.hasMessage(from: peer, tag: tag) }

  /// Never sleeps long: delays are counted in polls.
  public func idle(afterPolls polls: Int) {
    usleep(20)
  }

  public func abort(status: Int32) { base.abort(status: status) }

  public func finalize() throws { try base.finalize() }

  private func delay() -> Int {
    if Int.random(in: 0..<16, using: &random) == 0 { usleep(UInt32.random(in: 0..<200, using: &random)) }
    return Int.random(in: 0...maximumDelay, using: &random)
  }

  private func startDueSends() throws {
    var blocked: Set<[Int]> = []
    var stillHeld: [HeldSend] = []
    for send in heldSends {
      let channel = [send.transfer.peer, send.tag]
      if send.startedAt > polls || blocked.contains(channel) {
        blocked.insert(channel)
        stillHeld.append(send)
      } else {
        let started = try base.startSend(send.bytes, to: send.transfer.peer, tag: send.tag)
        states[send.transfer.identifier] = .started(started, reportedAt: polls + delay())
      }
    }
    heldSends = stillHeld
  }
}
