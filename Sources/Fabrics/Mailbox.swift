import Platform

/// Messages between this rank and one other, in both directions, for which nobody waits.
///
/// A message is bytes, in the order in which they were posted; what they mean is up to its users. Posting costs a copy.
/// Messages move whenever either side asks for something of its fabric. Both ranks make one, over the same fabric, with a
/// tag that nothing else uses. Belongs to the thread of its fabric. Memory of what is still under way when it goes stays, since
/// the fabric may read or write it.
public final class Mailbox {
  public let peer: Int
  /// When the peer was last heard of, or this was made; by `RunningClock`.
  public private(set) var lastHeard = RunningClock.now
  private let fabric: any Fabric
  private let tag: Int
  private let timeout: Duration
  private var sent: [Outgoing] = []
  private var incoming: Incoming = .none

  /// What is under way at most, so that a peer that takes nothing does not fill this rank's memory.
  public static let mostUnderWay = 256
  /// A longer message is a mistake, on either side.
  public static let mostBytes = 64 << 20
  private static let headerBytes = MemoryLayout<UInt64>.size

  private struct Outgoing {
    let memory: UnsafeMutableRawBufferPointer
    var transfers: [Transfer]
  }

  private enum Incoming {
    case none
    case header(UnsafeMutableRawBufferPointer, Transfer)
    case body(UnsafeMutableRawBufferPointer, Transfer)
  }

  /// - Parameter timeout: how long `post` waits for the peer to take a message when too many are under way.
  public init(_ fabric: any Fabric, peer: Int, tag: Int, timeout: Duration) {
    (self.fabric, self.peer, self.tag, self.timeout) = (fabric, peer, tag, timeout)
  }

  /// Whether the peer's side of the fabric has taken everything that was posted.
  public var isEmpty: Bool { sent.isEmpty }

  /// Sends a message; returns at once unless too many are under way. Throws `FabricError`.
  public func post(_ bytes: [UInt8]) throws {
    precondition(bytes.count <= Self.mostBytes, "a message of \(bytes.count) bytes; the most is \(Self.mostBytes)")
    try advance()
    if sent.count >= Self.mostUnderWay { try waitUntilFewer() }
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.headerBytes + bytes.count, alignment: Self.headerBytes)
    memory.storeBytes(of: UInt64(bytes.count), as: UInt64.self)
    UnsafeMutableRawBufferPointer(rebasing: memory[Self.headerBytes...]).copyBytes(from: bytes)
    var transfers: [Transfer] = []
    for part in [memory[..<Self.headerBytes], memory[Self.headerBytes...]] where !part.isEmpty {
      transfers.append(try fabric.startSend(UnsafeRawBufferPointer(rebasing: part), to: peer, tag: tag))
    }
    sent.append(Outgoing(memory: memory, transfers: transfers))
  }

  /// The next message, if one has come. Throws `FabricError`.
  public func receive() throws -> [UInt8]? {
    try advance()
    while true {
      switch incoming {
      case .none:
        guard try fabric.hasMessage(from: peer, tag: tag) else { return nil }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.headerBytes, alignment: Self.headerBytes)
        incoming = .header(memory, try fabric.startReceive(into: memory, from: peer, tag: tag))
      case .header(let memory, let transfer):
        guard try fabric.isFinished(transfer) else { return nil }
        let count = memory.load(as: UInt64.self)
        memory.deallocate()
        incoming = .none
        guard count <= UInt64(Self.mostBytes) else { throw notAHeader(count) }
        if count == 0 { return heard([]) }
        let body = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(count), alignment: Self.headerBytes)
        incoming = .body(body, try fabric.startReceive(into: body, from: peer, tag: tag))
      case .body(let memory, let transfer):
        guard try fabric.isFinished(transfer) else { return nil }
        let bytes = Array(memory)
        memory.deallocate()
        incoming = .none
        return heard(bytes)
      }
    }
  }

  /// Lets go of what has been taken; never waits.
  public func advance() throws {
    while var first = sent.first {
      while let transfer = first.transfers.first {
        guard try fabric.isFinished(transfer) else {
          sent[0] = first
          return
        }
        first.transfers.removeFirst()
      }
      first.memory.deallocate()
      sent.removeFirst()
    }
  }

  private func heard(_ bytes: [UInt8]) -> [UInt8] {
    lastHeard = RunningClock.now
    return bytes
  }

  private func waitUntilFewer() throws {
    let finished = try fabric.waitUntilFinished(timeout: timeout) {
      let before = sent.count
      try advance()
      return sent.count < Self.mostUnderWay ? .finished : sent.count < before ? .moved : .idle
    }
    if !finished {
      throw FabricError.timedOut(
        rank: fabric.jobRank, peer: fabric.jobRanks[peer],
        what: "until it takes one of \(sent.count) messages under way", seconds: timeout.seconds)
    }
  }

  private func notAHeader(_ count: UInt64) -> FabricError {
    .sizeMismatch(
      rank: fabric.jobRank, peer: fabric.jobRanks[peer], tag: tag, expectedBytes: Self.mostBytes,
      receivedBytes: Int(clamping: count))
  }
}
