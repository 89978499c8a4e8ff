import Fabrics

/// An all-reduce under way, to be given to `Communicator.finish`.
public struct PendingAllReduce: Hashable, Sendable {
  let sequence: Int
}

/// Collective operations over a fabric.
///
/// Every rank must call the same operations in the same order; that is how messages find each other. An all-reduce runs
/// beside what comes after it: it moves on during `progress()` and during every operation that waits, whichever that
/// is. After an error the job is lost: messages are still under way, so the memory given to this communicator must stay
/// as it is until the process ends or, where ranks are threads, until every call has thrown `FabricError.aborted`.
///
/// Belongs to the thread of its fabric. Throws `FabricError`, above all `.timedOut` when nothing has moved for
/// `timeout` in an operation that waits, naming the operation, how far it is, and the peer.
public final class Communicator {
  public let fabric: any Fabric
  /// How long a wait may last without any movement.
  public let timeout: Duration

  public var rank: Int { fabric.rank }
  public var worldSize: Int { fabric.worldSize }

  /// Small enough that the pieces under way stay in a core's cache, large enough that a message's cost is in its bytes.
  public static let defaultPieceElements = 64 << 10
  static let lanesInFlight = 4
  /// Memory of an all-reduce under way, in the default sizes.
  public static let bytesPerAllReduce = lanesInFlight * defaultPieceElements * MemoryLayout<Float>.stride

  private let pieceElements: Int
  let messageBytes: Int
  private var sequence = 0
  private var nextTag = 0
  private var rings: [RingAllReduce] = []
  private var idleRings: [RingAllReduce] = []
  private var outstanding: [Transfer] = []

  public convenience init(fabric: any Fabric, timeout: Duration) {
    self.init(
      fabric: fabric, timeout: timeout, pieceElements: Self.defaultPieceElements, messageBytes: maximumMessageBytes)
  }

  /// Other sizes than the default ones: for tests, which reach every branch with little data, and for measurements.
  package init(fabric: any Fabric, timeout: Duration, pieceElements: Int, messageBytes: Int) {
    self.fabric = fabric
    self.timeout = timeout
    self.pieceElements = pieceElements
    self.messageBytes = messageBytes
  }

  /// Makes room for as many all-reduces under way at the same time, so that starting them allocates nothing.
  public func reserve(allReduces count: Int) {
    guard worldSize > 1 else { return }
    rings.reserveCapacity(count)
    idleRings.reserveCapacity(count)
    while rings.count + idleRings.count < count { idleRings.append(makeRing()) }
  }

  private func makeRing() -> RingAllReduce {
    RingAllReduce(pieceElements: pieceElements, lanesInFlight: Self.lanesInFlight)
  }

  /// Starts replacing `values` by their sums over the ranks, added in the order that `RingPlan` states; returns at once.
  /// All ranks give the same count. `values` stay the caller's and must not be touched until `finish` has returned.
  /// - Parameter label: names the operation in messages.
  public func startAllReduce(_ values: UnsafeMutableBufferPointer<Float>, label: String) throws -> PendingAllReduce {
    let plan = RingPlan(worldSize: worldSize, rank: rank, elements: values.count, pieceElements: pieceElements)
    let (sequence, firstTag) = begin(tags: max(1, plan.laneCount))
    guard plan.laneCount > 0 else { return PendingAllReduce(sequence: sequence) }
    let ring = idleRings.popLast() ?? makeRing()
    let purpose = RingAllReduce.Purpose(label: label, sequence: sequence, firstTag: firstTag)
    rings.append(ring)
    try ring.start(plan, values, purpose, over: fabric)
    return PendingAllReduce(sequence: sequence)
  }

  /// Moves what is under way on; never waits. To be called often while computing, since messages move only then.
  public func progress() throws {
    _ = try advanceRings()
  }

  /// Waits until `pending` is finished.
  public func finish(_ pending: PendingAllReduce) throws {
    let finished = try fabric.waitUntilFinished(timeout: timeout) {
      guard rings.contains(where: { $0.purpose.sequence == pending.sequence }) else { return .finished }
      return try advanceRings() ? .moved : .idle
    }
    if !finished, let ring = rings.first(where: { $0.purpose.sequence == pending.sequence }) {
      throw timedOut(ring.whatIsMissing.peer, ring.whatIsMissing.what)
    }
  }

  /// Replaces `values` by their sums over the ranks and waits for it.
  public func allReduce(_ values: UnsafeMutableBufferPointer<Float>, label: String) throws {
    try finish(try startAllReduce(values, label: label))
  }

  private func advanceRings() throws -> Bool {
    guard !rings.isEmpty else { return false }
    var moved = false
    for ring in rings { moved = try ring.advance(over: fabric) || moved }
    if moved {
      for ring in rings where ring.isFinished { idleRings.append(ring) }
      rings.removeAll { $0.isFinished }
    }
    return moved
  }

  private func timedOut(_ peer: Int, _ what: String) -> FabricError {
    .timedOut(rank: rank, peer: peer, what: what, seconds: timeout.seconds)
  }
}

// What the collectives made of single messages (Exchanges.swift, Broadcast.swift) are built from.
extension Communicator {
  /// Numbers the next collective and sets `tags` tags aside for it, the same on every rank.
  func begin(tags: Int = 1) -> (sequence: Int, firstTag: Int) {
    defer {
      sequence += 1
      nextTag = (nextTag + tags) % maximumTag
    }
    return (sequence, nextTag)
  }

  func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws {
    outstanding.append(try fabric.startSend(bytes, to: peer, tag: tag))
  }

  func receive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws {
    outstanding.append(try fabric.startReceive(into: bytes, from: peer, tag: tag))
  }

  /// Waits for every message since the last call, moving all-reduces on meanwhile.
  func complete(_ operation: StaticString, _ sequence: Int) throws {
    let finished = try fabric.waitUntilFinished(timeout: timeout) {
      let before = outstanding.count
      try outstanding.removeAll { try fabric.isFinished($0) }
      if outstanding.isEmpty { return .finished }
      let moved = try advanceRings()
      return moved || outstanding.count < before ? .moved : .idle
    }
    if !finished {
      let missing = outstanding.first { !$0.isSend } ?? outstanding[0]
      throw timedOut(
        missing.peer, "\(missing.isSend ? "sending" : "receiving") in \(operation) (collective \(sequence))")
    }
  }
}
