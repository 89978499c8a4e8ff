/// What a rank does in one phase of one lane of an all-reduce by messages. A range may be empty; then no message is sent
/// or comes.
public struct MessageStep: Hashable, Sendable {
  /// Elements sent, and to whom.
  public var send: Range<Int>
  public var receiver: Int
  /// Elements that come, and from whom.
  public var receive: Range<Int>
  public var sender: Int
  /// Whether what comes is added to this rank's values or replaces them.
  public var adds: Bool
  /// Whether this rank goes on with the values that it sends: where the wire rounds, it must round its own alike.
  public var keepsSent: Bool

  static let nothing = MessageStep(send: 0..<0, receiver: 0, receive: 0..<0, sender: 0, adds: false, keepsSent: false)
}

/// An all-reduce by messages as a value: who sends what to whom, decided before the first byte moves. Ranks are counted
/// from 0 among those that take part.
///
/// The elements are cut into lanes, each an all-reduce of its own that knows nothing of the others; several are under way
/// at once. A lane runs through `phaseCount` phases; the step of a phase starts when this rank's last one has finished.
public enum MessagePlan: Hashable, Sendable {
  case ring(RingPlan)
  case recursiveDoubling(DoublingPlan)
  case halvingDoubling(HalvingPlan)

  public var laneCount: Int {
    switch self {
    case .ring(let plan): plan.laneCount
    case .recursiveDoubling(let plan): plan.laneCount
    case .halvingDoubling(let plan): plan.laneCount
    }
  }

  public var phaseCount: Int {
    switch self {
    case .ring(let plan): plan.phaseCount
    case .recursiveDoubling(let plan): plan.phaseCount
    case .halvingDoubling(let plan): plan.phaseCount
    }
  }

  public var elements: Int {
    switch self {
    case .ring(let plan): plan.elements
    case .recursiveDoubling(let plan): plan.elements
    case .halvingDoubling(let plan): plan.elements
    }
  }

  /// The elements of a lane whose sums are still unrounded at the end though the wire is narrower: who added them last never
  /// sent them.
  func unrounded(lane: Int) -> Range<Int> {
    switch self {
    case .ring(let plan): plan.halves == .reduceScatter ? plan.piece(lane: lane, segment: plan.rank) : 0..<0
    case .recursiveDoubling(let plan): evenPart(lane, of: plan.laneCount, in: 0..<plan.elements)
    case .halvingDoubling: 0..<0
    }
  }

  public func step(lane: Int, phase: Int) -> MessageStep {
    switch self {
    case .ring(let plan): plan.step(lane: lane, phase: phase)
    case .recursiveDoubling(let plan): plan.step(lane: lane, phase: phase)
    case .halvingDoubling(let plan): plan.step(lane: lane, phase: phase)
    }
  }

  /// Those that this rank exchanges messages with; the first `count` numbers that `peer` gives.
  var peerCount: Int {
    switch self {
    case .ring(let plan): plan.worldSize == 1 ? 0 : plan.worldSize == 2 ? 1 : 2
    case .recursiveDoubling(let plan): plan.pairing.peerCount(of: plan.rank)
    case .halvingDoubling(let plan): plan.pairing.peerCount(of: plan.rank)
    }
  }

  func peer(_ index: Int) -> Int {
    switch self {
    case .ring(let plan): index == 0 ? plan.next : plan.previous
    case .recursiveDoubling(let plan): plan.pairing.peer(index, of: plan.rank)
    case .halvingDoubling(let plan): plan.pairing.peer(index, of: plan.rank)
    }
  }
}
