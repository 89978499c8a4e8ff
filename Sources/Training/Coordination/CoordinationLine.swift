import Fabrics
import Platform

/// The messages between the coordinator's rank and the trainers' first one. Nobody waits for one, but silence has a limit.
final class CoordinationLine<Outgoing: Encodable, Incoming: Decodable> {
  private let fabric: any Fabric
  private let mailbox: Mailbox
  private let timeout: Duration
  private var lastPosted = RunningClock.now

  /// Above those of collectives.
  static var tag: Int { 10_000 }

  /// - Parameter fabric: of the whole job.
  init(_ fabric: any Fabric, peer: Int, timeout: Duration) {
    (self.fabric, self.timeout) = (fabric, timeout)
    mailbox = Mailbox(fabric, peer: peer, tag: Self.tag, timeout: timeout)
  }

  func post(_ message: Outgoing) throws {
    lastPosted = RunningClock.now
    try mailbox.post(try MessageText.bytes(message))
  }

  /// Posts `sign` where nothing has been posted for a while.
  func keepAlive(_ sign: Outgoing) throws {
    if RunningClock.now - lastPosted > min(timeout / 8, .seconds(5)) { try post(sign) }
  }

  /// The next message, if one has come.
  func next() throws -> Incoming? {
    guard let bytes = try mailbox.receive() else { return nil }
    do {
      return try MessageText.message(bytes)
    } catch {
      throw RunError(
        .internalError, "a message of \(bytes.count) bytes from rank \(mailbox.peer) cannot be read: \(error)")
    }
  }

  /// Throws when nothing has been heard for too long. To be asked after `next`, since what has come may lie there.
  func requireLife(_ what: @autoclosure () -> String) throws {
    guard RunningClock.now - mailbox.lastHeard > timeout else { return }
    throw FabricError.timedOut(
      rank: fabric.jobRank, peer: mailbox.peer, what: what(), seconds: Double(timeout.components.seconds))
  }

  /// Whether the other side has taken everything that was posted.
  var isEmpty: Bool {
    get throws {
      try mailbox.advance()
      return mailbox.isEmpty
    }
  }
}
