/// How one rank takes part in an all-reduce by recursive halving and doubling: in each of log2 N rounds two ranks give each
/// other the half that the other one will own, and add; then they give back in the opposite order. As few bytes as a ring
/// in fewer messages.
///
/// **Order of summation.** Of p = 2^k ranks that exchange, first those p/2 apart are added, then the sums of those p/4 apart,
/// and so on to neighbours (`Pairing` says who comes before where N is no power of two). It depends on nothing else, and
/// a + b has the bits of b + a, so the same world size gives the same bits, whatever the timing and the piece size.
///
/// Source: Rabenseifner, "Optimization of collective reduction operations", 2004.
public struct HalvingPlan: Hashable, Sendable {
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

  public var phaseCount: Int { 2 * pairing.rounds + 2 }

  public func step(lane: Int, phase: Int) -> MessageStep {
    let piece = evenPart(lane, of: laneCount, in: 0..<elements)
    guard (1..<phaseCount - 1).contains(phase) else { return pairing.folding(piece, rank: rank, atEnd: phase > 0) }
    guard let number = pairing.number(of: rank) else { return .nothing }
    let rounds = pairing.rounds
    let halves = phase <= rounds
    // Parts that both have at the beginning of a halving round, or at the end of a doubling one.
    let width = halves ? pairing.size >> (phase - 1) : 2 << (phase - 1 - rounds)
    let mine = parts(number / (width / 2), width: width / 2, in: piece)
    let theirs = parts(number / (width / 2) ^ 1, width: width / 2, in: piece)
    let partner = pairing.rank(ofNumber: number ^ width / 2)
    return MessageStep(
      send: halves ? theirs : mine, receiver: partner, receive: halves ? mine : theirs, sender: partner, adds: halves,
      keepsSent: !halves)
  }

  /// The elements of the `index`-th group of `width` parts, of as many parts as there are ranks that exchange.
  private func parts(_ index: Int, width: Int, in piece: Range<Int>) -> Range<Int> {
    let first = evenPart(index * width, of: pairing.size, in: piece)
    let last = evenPart(index * width + width - 1, of: pairing.size, in: piece)
    return first.lowerBound..<last.upperBound
  }
}
