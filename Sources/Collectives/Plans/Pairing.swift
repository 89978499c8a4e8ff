/// Who pairs with whom where ranks meet in pairs, for any number of ranks.
///
/// A power of two of them, p, exchange in log2 p rounds. The others, `extras` of them, are the even ones among the first
/// 2 · extras ranks: each hands its values to its right neighbour before the rounds and gets the result from it afterwards
/// (Rabenseifner, "Optimization of collective reduction operations", 2004, section 4). Those that exchange are numbered
/// 0..<p in the order of their ranks, so that a number stands for one rank or for two neighbours.
public struct Pairing: Hashable, Sendable {
  public let worldSize: Int
  /// log2 p.
  public let rounds: Int
  public let extras: Int

  public init(worldSize: Int) {
    precondition(worldSize >= 1, "\(worldSize) ranks")
    self.worldSize = worldSize
    rounds = Int.bitWidth - 1 - worldSize.leadingZeroBitCount
    extras = worldSize - 1 << rounds
  }

  /// p: those that exchange.
  public var size: Int { 1 << rounds }

  /// The one that rank hands its values to and gets the result from; nil where it exchanges itself.
  public func host(of rank: Int) -> Int? { rank < 2 * extras && rank % 2 == 0 ? rank + 1 : nil }

  /// The one that hands its values to `rank`.
  public func guest(of rank: Int) -> Int? { rank < 2 * extras && rank % 2 == 1 ? rank - 1 : nil }

  /// A rank's number among those that exchange; nil for a guest.
  public func number(of rank: Int) -> Int? {
    if host(of: rank) != nil { return nil }
    return rank < 2 * extras ? rank / 2 : rank - extras
  }

  public func rank(ofNumber number: Int) -> Int { number < extras ? 2 * number + 1 : number + extras }

  func peerCount(of rank: Int) -> Int {
    if host(of: rank) != nil { return 1 }
    return rounds + (guest(of: rank) == nil ? 0 : 1)
  }

  func peer(_ index: Int, of rank: Int) -> Int {
    if let host = host(of: rank) { return host }
    guard index < rounds, let number = number(of: rank) else { return rank - 1 }
    return self.rank(ofNumber: number ^ 1 << index)
  }

  /// The step that begins or ends an all-reduce of `piece` for hosts and guests; nothing for the others.
  func folding(_ piece: Range<Int>, rank: Int, atEnd: Bool) -> MessageStep {
    var step = MessageStep.nothing
    if let host = host(of: rank) {
      if atEnd { (step.receive, step.sender) = (piece, host) } else { (step.send, step.receiver) = (piece, host) }
    } else if let guest = guest(of: rank) {
      if atEnd {
        (step.send, step.receiver, step.keepsSent) = (piece, guest, true)
      } else {
        (step.receive, step.sender, step.adds) = (piece, guest, true)
      }
    }
    return step
  }
}
