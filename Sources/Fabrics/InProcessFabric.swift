import Glibc

/// Ranks as threads of one process, for a whole job under a debugger or a sanitizer, and for tests.
///
/// Stricter than MPI where MPI leaves room: a send is finished only once its message has been received, so that a
/// program that needs buffering hangs here too. Made by `runRanksAsThreads`.
public final class InProcessFabric: Fabric {
  public let rank: Int
  public var worldSize: Int { world.worldSize }
  public var hostOfRank: [Int] { [Int](repeating: 0, count: worldSize) }
  public let hostName = currentHostName()

  private enum State {
    case free
    case sending(InProcessWorld.Message)
    case receiving(UnsafeMutableRawBufferPointer, InProcessWorld.Address)
  }

  private struct Channel: Hashable {
    let peer: Int
    let tag: Int
  }

  private let world: InProcessWorld
  /// A transfer's identifier is its index here.
  private var states: [State] = []
  private var freeStates: [Int] = []
  private var sentMessages: [Channel: Int] = [:]
  private var receivedMessages: [Channel: Int] = [:]
  private var knownNews = 0

  init(rank: Int, world: InProcessWorld) {
    self.rank = rank
    self.world = world
  }

  /// A fabric of one rank, for the thread that makes it.
  public static func alone() -> InProcessFabric { InProcessFabric(rank: 0, world: InProcessWorld(worldSize: 1)) }

  public func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    checkArguments(bytes: bytes.count, peer: peer, tag: tag)
    let ordinal = sentMessages[Channel(peer: peer, tag: tag), default: 0]
    sentMessages[Channel(peer: peer, tag: tag)] = ordinal + 1
    let message = InProcessWorld.Message(from: rank, copying: bytes)
    try world.deliver(message, to: peer, InProcessWorld.Address(source: rank, tag: tag, ordinal: ordinal))
    return Transfer(identifier: keep(.sending(message)), peer: peer, isSend: true)
  }

  public func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    checkArguments(bytes: bytes.count, peer: peer, tag: tag)
    let ordinal = receivedMessages[Channel(peer: peer, tag: tag), default: 0]
    receivedMessages[Channel(peer: peer, tag: tag)] = ordinal + 1
    let state = State.receiving(bytes, InProcessWorld.Address(source: peer, tag: tag, ordinal: ordinal))
    return Transfer(identifier: keep(state), peer: peer, isSend: false)
  }

  public func isFinished(_ transfer: Transfer) throws -> Bool {
    switch states[transfer.identifier] {
    case .free:
      preconditionFailure("a transfer is not asked about again once it has finished")
    case .sending(let message):
      guard try world.isTaken(message) else { return false }
      free(transfer)
    case .receiving(let bytes, let address):
      guard let message = try world.take(address, by: rank) else { return false }
      free(transfer)
      guard message.bytes.count == bytes.count else {
        throw FabricError.sizeMismatch(
          rank: rank, peer: transfer.peer, tag: address.tag, expectedBytes: bytes.count,
          receivedBytes: message.bytes.count)
      }
      bytes.copyMemory(from: UnsafeRawBufferPointer(message.bytes))
    }
    return true
  }

  public func senderOfMessage(tag: Int) throws -> Int? {
    try world.senders(to: rank, tag: tag).first(where: isNew)?.source
  }

  public func hasMessage(from peer: Int, tag: Int) throws -> Bool {
    try world.senders(to: rank, tag: tag).contains { $0.source == peer && isNew($0) }
  }

  private func isNew(_ address: InProcessWorld.Address) -> Bool {
    address.ordinal >= receivedMessages[Channel(peer: address.source, tag: address.tag), default: 0]
  }

  /// Sleeps until something new concerns this rank. News that came after the last sleep end it at once, so nothing
  /// that a poll missed is slept over. What comes by shared memory is no news, so it looks around a few times first.
  public func idle(afterPolls polls: Int) {
    guard polls > 500 else {
      sched_yield()
      return
    }
    knownNews = world.waitForNews(for: rank, after: knownNews)
  }

  public func abort(status: Int32) {
    abort(reason: "exit status \(status)")
  }

  func abort(reason: String) {
    world.abort(by: rank, reason: reason)
  }

  public func finalize() {
    precondition(
      freeStates.count == states.count, "\(states.count - freeStates.count) transfers are pending at the end")
  }

  private func free(_ transfer: Transfer) {
    states[transfer.identifier] = .free
    freeStates.append(transfer.identifier)
  }

  private func keep(_ state: State) -> Int {
    guard let free = freeStates.popLast() else {
      states.append(state)
      return states.count - 1
    }
    states[free] = state
    return free
  }
}
