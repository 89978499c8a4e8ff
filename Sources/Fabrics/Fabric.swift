/// Moves bytes between the ranks of one job. World size one is an ordinary case.
///
/// A fabric belongs to one thread of its rank and is deliberately not `Sendable`: "one thread owns MPI" is checked by
/// the compiler. Messages between the same two ranks with the same tag arrive in the order sent. Every transfer started
/// must be waited for (`isFinished` until true, or `wait`), and its memory must stay valid and, for receives, untouched
/// until then. A send may stay unfinished until its receive has been started. After any call has thrown, the job is
/// lost: what is under way stays under way, and `abort` is the way out.
public protocol Fabric: AnyObject {
  /// This process's number, in `0..<worldSize`.
  var rank: Int { get }
  var worldSize: Int { get }
  /// For every rank a number that it shares with those on its host, and with no others: the lowest of their ranks.
  var hostOfRank: [Int] { get }
  /// The host's name, for messages.
  var hostName: String { get }
  /// For every rank its number in the whole job, by which messages for people name it: the same number, but in a group.
  var jobRanks: [Int] { get }

  /// A fabric over some of the ranks, numbered anew in their order, whose messages never meet those of this one. Every rank
  /// calls it at the same point, with nothing under way, and with the members of its own group, ascending; groups do not
  /// overlap. This fabric stays in use; the group's `finalize` is not called, and what it has under way must finish before
  /// this one's is.
  func group(_ members: [Int]) throws -> any Fabric

  /// Starts sending; returns at once. `tag` is in `0..<maximumTag`. At most `maximumMessageBytes` bytes.
  func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer

  /// Starts receiving exactly `bytes.count` bytes; returns at once. A message of another size is an error that says so,
  /// thrown when the transfer is asked about.
  func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer

  /// Makes progress; true once the transfer is complete, after which it must not be asked about again.
  func isFinished(_ transfer: Transfer) throws -> Bool

  /// A rank whose message with this tag has come and that nobody has begun to receive; nil where there is none.
  func senderOfMessage(tag: Int) throws -> Int?

  /// Whether `peer` is one of them.
  func hasMessage(from peer: Int, tag: Int) throws -> Bool

  /// Gives the processor to others after `polls` polls in a row (1 or more) have found nothing new, for at most some
  /// milliseconds. What waits calls it between polls.
  func idle(afterPolls polls: Int)

  /// Ends the whole job at once with `status`, from any rank, without waiting for the others. A fabric whose ranks are
  /// threads makes every rank's pending and later calls throw `FabricError.aborted` instead.
  func abort(status: Int32)

  /// Every rank calls it, once, after its last transfer has finished.
  func finalize() throws
}

/// A message under way.
public struct Transfer: Hashable, Sendable {
  package let identifier: Int
  public let peer: Int
  public let isSend: Bool

  package init(identifier: Int, peer: Int, isSend: Bool) {
    self.identifier = identifier
    self.peer = peer
    self.isSend = isSend
  }
}

/// Tags are below this (the MPI standard guarantees 32767).
public let maximumTag = 32_767

/// Larger messages are cut into several by their plan.
public let maximumMessageBytes = 1 << 30

extension Fabric {
  /// The ranks that share this rank's host, this one included, ascending.
  public var ranksOnThisHost: [Int] {
    let hostOfRank = hostOfRank
    return hostOfRank.indices.filter { hostOfRank[$0] == hostOfRank[rank] }
  }

  public var jobRanks: [Int] { Array(0..<worldSize) }

  /// This rank's number in the whole job.
  public var jobRank: Int { jobRanks[rank] }

  /// A group by tags of its own, for fabrics that have nothing better.
  public func group(_ members: [Int]) throws -> any Fabric { GroupFabric(self, members: members) }

  /// Traps on arguments that no fabric takes: the mistake is ours, and each library reports it differently.
  package func checkArguments(bytes: Int, peer: Int, tag: Int) {
    precondition((0..<worldSize).contains(peer), "peer \(peer) of a job of \(worldSize) ranks")
    precondition((0..<maximumTag).contains(tag), "tag \(tag) is not in 0..<\(maximumTag)")
    precondition(bytes <= maximumMessageBytes, "a message of \(bytes) bytes; the most is \(maximumMessageBytes)")
  }
}
