/// How one rank takes part in a ring all-reduce: who sends what when, decided before the first byte moves.
///
/// The elements are cut into one segment per rank, and each segment into the same number of pieces. Piece `l` of every
/// segment together form lane `l`, a small ring all-reduce of its own; lanes know nothing of each other, and several
/// are under way at once. A lane has 2(N-1) phases. In each, a rank sends one piece to the next rank and receives
/// another from the previous one: first N-1 phases of reduce-scatter, in which what comes is added to this rank's
/// values, then N-1 of all-gather, in which it replaces them. Either half can be had alone.
///
/// **Order of summation.** The sum of segment s starts with rank s+1's values; then those of ranks s+2, s+3, ... are
/// added, modulo N, and last those of rank s, which owns the segment. It depends on nothing else, so the same world
/// size and element count give the same bits, whatever the timing and the piece size.
///
/// Source: Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009.
public struct RingPlan: Hashable, Sendable {
  public let worldSize: Int
  public let rank: Int
  public let elements: Int
  /// The most elements a piece may have.
  public let pieceElements: Int
  public let halves: AllReduceHalves
  /// 0 when there is nothing to do: one rank, or no elements.
  public let laneCount: Int

  public init(worldSize: Int, rank: Int, elements: Int, pieceElements: Int, halves: AllReduceHalves = .both) {
    precondition(worldSize >= 1 && (0..<worldSize).contains(rank), "rank \(rank) of \(worldSize)")
    precondition(elements >= 0 && pieceElements >= 1, "\(elements) elements in pieces of \(pieceElements)")
    self.worldSize = worldSize
    self.rank = rank
    self.elements = elements
    self.pieceElements = pieceElements
    self.halves = halves
    let largestSegment = (elements + worldSize - 1) / worldSize
    laneCount = worldSize == 1 ? 0 : pieceCount(largestSegment, pieceElements: pieceElements)
  }

  public var next: Int { (rank + 1) % worldSize }
  public var previous: Int { (rank + worldSize - 1) % worldSize }
  public var phaseCount: Int { (halves == .both ? 2 : 1) * (worldSize - 1) }

  /// Segment `index`'s elements: an even split, the first segments one longer where it does not divide evenly.
  public func segment(_ index: Int) -> Range<Int> {
    evenPart(index, of: worldSize, in: 0..<elements)
  }

  /// The elements of segment `segment` that belong to lane `lane`; the same even split, one floor down.
  public func piece(lane: Int, segment: Int) -> Range<Int> {
    evenPart(lane, of: laneCount, in: self.segment(segment))
  }

  public func step(lane: Int, phase: Int) -> MessageStep {
    let phase = halves == .allGather ? phase + worldSize - 1 : phase
    let adds = phase < worldSize - 1
    let first = adds ? rank - 1 - phase : rank - (phase - (worldSize - 1))
    return MessageStep(
      send: piece(lane: lane, segment: wrapped(first)), receiver: next,
      receive: piece(lane: lane, segment: wrapped(first - 1)), sender: previous, adds: adds, keepsSent: !adds)
  }

  private func wrapped(_ segment: Int) -> Int { (segment + 2 * worldSize) % worldSize }
}
