/// How one rank takes part in an all-reduce by recursive doubling: in every round two ranks send each other all they have
/// and both add. log2 N rounds, for messages whose time is latency.
///
/// **Order of summation.** A balanced tree over the ranks in their order: neighbours first, then pairs of neighbours, and so
/// on (`Pairing` says who comes before the rounds where N is no power of two). Both ranks of a pair add the same two numbers,
/// and a + b has the bits of b + a, so all ranks get the same bits, whatever the timing and the piece size.
public struct DoublingPlan: Hashable, Sendable {
  public let rank: Int
  public let elements: Int
  public let laneCount: Int
  let pairing: Pairing

  public init(worldSize: Int, rank: Int, elements: Int, pieceElements: Int) {
    precondition((0..<worldSize).contains(rank), "rank \(rank) of \(worldSize)")
    self.rank = rank
    self.elements = elements
    pairing = Pairing(worldSize: worldSize)
    laneCount = worldSize == 1 ? 0 : pieceCount(elements, pieceElements: pieceElements)
  }

  public var phaseCount: Int { pairing.rounds + 2 }

  public func step(lane: Int, phase: Int) -> MessageStep {
    let piece = evenPart(lane, of: laneCount, in: 0..<elements)
    guard (1..<pairing.rounds + 1).contains(phase) else { return pairing.folding(piece, rank: rank, atEnd: phase > 0) }
    guard let number = pairing.number(of: rank) else { return .nothing }
    let partner = pairing.rank(ofNumber: number ^ 1 << (phase - 1))
    return MessageStep(send: piece, receiver: partner, receive: piece, sender: partner, adds: true, keepsSent: true)
  }
}
