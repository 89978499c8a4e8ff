import Fabrics

/// Shows the ranks of a run each other's headings, and throws `CollectiveMismatch` when two differ: before any memory is
/// offered for values, so that a message of another size can harm nothing.
final class HeadingExchange {
  private let sent: UnsafeMutablePointer<Heading>
  /// One of each peer, of whom a plan has at most as many as bits in the number of ranks, and two more.
  private let received: UnsafeMutablePointer<Heading>
  private var pending: [Transfer] = []
  private var sources: [Int] = []

  init(worldSize: Int) {
    let most = Int.bitWidth - worldSize.leadingZeroBitCount + 2
    sent = .allocate(capacity: 1)
    received = .allocate(capacity: most)
    pending.reserveCapacity(2 * most)
    sources.reserveCapacity(most)
  }

  deinit {
    sent.deallocate()
    received.deallocate()
  }

  var areComplete: Bool { pending.isEmpty }
  var missing: Int? { (pending.first { !$0.isSend } ?? pending.first)?.peer }

  func start(_ run: MessageAllReduce.Run, over fabric: any Fabric) throws {
    sources.removeAll(keepingCapacity: true)
    sent.initialize(to: run.heading)
    for index in 0..<run.plan.peerCount {
      let peer = run.members[run.plan.peer(index)]
      let target = UnsafeMutableRawBufferPointer(start: received + index, count: MemoryLayout<Heading>.size)
      let source = UnsafeRawBufferPointer(start: sent, count: MemoryLayout<Heading>.size)
      sources.append(peer)
      pending.append(try fabric.startReceive(into: target, from: peer, tag: run.tags.ofHeading))
      pending.append(try fabric.startSend(source, to: peer, tag: run.tags.ofHeading))
    }
  }

  /// True when anything has moved.
  func advance(over fabric: any Fabric) throws -> Bool {
    let before = pending.count
    var kept = 0
    for index in 0..<before {
      let transfer = pending[index]
      if try !fabric.isFinished(transfer) {
        pending[kept] = transfer
        kept += 1
      } else if !transfer.isSend, let source = sources.firstIndex(of: transfer.peer),
        received[source] != sent.pointee
      {
        throw CollectiveMismatch(over: fabric, sent.pointee, peer: transfer.peer, received[source])
      }
    }
    pending.removeSubrange(kept...)
    return kept < before
  }
}
