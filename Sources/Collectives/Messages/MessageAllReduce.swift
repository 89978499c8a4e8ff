import CVectorKernels
import Fabrics
import Tensors

/// For each lane under way a piece that comes, and one that leaves where the wire rounds.
private final class Staging {
  let received: AlignedBuffer
  let sent: AlignedBuffer

  init(pieces: Int, pieceElements: Int) {
    received = AlignedBuffer(bytes: pieces * pieceElements * ElementType.f32.bytes)
    sent = AlignedBuffer(bytes: pieces * pieceElements * ElementType.bf16.bytes)
  }
}

/// Carries out one `MessagePlan` after another: a state machine that moves on a little whenever it is asked to.
///
/// The ranks that send each other values show each other their headings first. Values follow at once, but nobody offers
/// memory for them before all headings are seen to be equal. Its memory is allocated once, so an engine is kept and used
/// again.
final class MessageAllReduce {
  /// A run: what is added up, with whom, and which tags its messages bear.
  struct Run {
    let plan: MessagePlan
    let members: [Int]
    let values: UnsafeMutableBufferPointer<Float>
    let heading: Heading
    let wire: WireType
    let tags: MessageTags
  }

  /// A lane under way. Its phase ends when both transfers have finished and what came has been taken in.
  private struct ActiveLane {
    let lane: Int
    var phase: Int
    var send: Transfer?
    var receive: Transfer?
    /// Whether the receive is to be started once all headings are there.
    var isReceiveDue = false
    var hasArrived = false
  }

  private let pieceElements: Int
  /// Allocated by the first run: where ranks meet in shared memory there is none.
  private var staging: Staging?
  /// At most one lane for each piece of staging; nil where none is under way. Lane l takes slot l modulo their count, so
  /// that the lanes of a slot, whose messages bear the same tag, follow each other in the same order on every rank.
  private var active: [ActiveLane?]
  private var finishedLanes = 0
  private let headings: HeadingExchange
  private var run: Run?

  /// A rank that has nothing to receive may be through with its lanes before the others have seen its heading.
  var isFinished: Bool { headings.areComplete && run.map { finishedLanes == $0.plan.laneCount } ?? true }

  init(pieceElements: Int, lanesInFlight: Int, worldSize: Int) {
    self.pieceElements = pieceElements
    active = .init(repeating: nil, count: lanesInFlight)
    headings = HeadingExchange(worldSize: worldSize)
  }

  /// Starts a run. The engine must be finished with its last one. The run's values must not be touched until this one is
  /// finished.
  func start(_ run: Run, over fabric: any Fabric) throws {
    precondition(isFinished && run.plan.elements == run.values.count)
    self.run = run
    finishedLanes = 0
    guard run.plan.laneCount > 0 else { return }
    if staging == nil { staging = Staging(pieces: active.count, pieceElements: pieceElements) }
    try headings.start(run, over: fabric)
    for slot in active.indices { try startLane(slot, in: slot, run, over: fabric) }
  }

  /// Looks at everything under way; true when anything has moved.
  func advance(over fabric: any Fabric) throws -> Bool {
    guard let run, !isFinished else { return false }
    var moved = false
    if !headings.areComplete {
      moved = try headings.advance(over: fabric)
      if headings.areComplete { try startDueReceives(run, over: fabric) }
    }
    for slot in active.indices where active[slot] != nil {
      moved = try advance(slot, run, over: fabric) || moved
    }
    return moved
  }

  private func advance(_ slot: Int, _ run: Run, over fabric: any Fabric) throws -> Bool {
    guard var lane = active[slot] else { return false }
    var moved = false
    if let receive = lane.receive, try fabric.isFinished(receive) {
      (lane.receive, lane.hasArrived) = (nil, true)
      moved = true
    }
    if let send = lane.send, try fabric.isFinished(send) {
      lane.send = nil
      moved = true
    }
    if lane.hasArrived {
      let step = run.plan.step(lane: lane.lane, phase: lane.phase)
      // What is still being sent must not change.
      if lane.send == nil || !step.send.overlaps(step.receive) {
        takeIn(step, slot, run)
        lane.hasArrived = false
      }
    }
    active[slot] = lane
    if moved, lane.send == nil, lane.receive == nil, !lane.isReceiveDue {
      try enterPhase(lane.phase + 1, of: slot, run, over: fabric)
    }
    return moved
  }

  private func startDueReceives(_ run: Run, over fabric: any Fabric) throws {
    for slot in active.indices {
      guard var lane = active[slot], lane.isReceiveDue else { continue }
      let step = run.plan.step(lane: lane.lane, phase: lane.phase)
      lane.receive = try startReceive(step, slot, run, over: fabric)
      lane.isReceiveDue = false
      active[slot] = lane
    }
  }

  private func startReceive(
    _ step: MessageStep, _ slot: Int, _ run: Run, over fabric: any Fabric
  ) throws -> Transfer {
    try fabric.startReceive(
      into: receiveMemory(step, slot, run), from: run.members[step.sender], tag: run.tags.ofLane(slot))
  }

  private func startLane(_ lane: Int, in slot: Int, _ run: Run, over fabric: any Fabric) throws {
    guard lane < run.plan.laneCount else {
      active[slot] = nil
      return
    }
    active[slot] = ActiveLane(lane: lane, phase: 0)
    try enterPhase(0, of: slot, run, over: fabric)
  }

  /// Starts the transfers of `phase` or of the first phase after it that has any; past the last phase, the slot's next lane.
  private func enterPhase(_ phase: Int, of slot: Int, _ run: Run, over fabric: any Fabric) throws {
    guard var lane = active[slot] else { return }
    let tag = run.tags.ofLane(slot)
    for phase in phase..<run.plan.phaseCount {
      let step = run.plan.step(lane: lane.lane, phase: phase)
      if !step.receive.isEmpty {
        lane.isReceiveDue = !headings.areComplete
        if headings.areComplete { lane.receive = try startReceive(step, slot, run, over: fabric) }
      }
      if !step.send.isEmpty {
        lane.send = try fabric.startSend(
          sendMemory(step, slot, run), to: run.members[step.receiver], tag: tag)
      }
      guard lane.receive == nil, lane.send == nil, !lane.isReceiveDue else {
        lane.phase = phase
        active[slot] = lane
        return
      }
    }
    if run.wire == .bf16 { round(run.plan.unrounded(lane: lane.lane), slot, run) }
    finishedLanes += 1
    try startLane(lane.lane + active.count, in: slot, run, over: fabric)
  }
}

// Where pieces lie, and what becomes of them.
extension MessageAllReduce {
  private func values(_ range: Range<Int>, _ run: Run) -> UnsafeMutablePointer<Float> {
    run.values.baseAddress! + range.lowerBound
  }

  private func receivedFloats(_ slot: Int) -> UnsafeMutablePointer<Float> {
    staging!.received.elements(Float.self).baseAddress! + slot * pieceElements
  }

  private func sentHalves(_ slot: Int) -> UnsafeMutablePointer<UInt16> {
    staging!.sent.elements(UInt16.self).baseAddress! + slot * pieceElements
  }

  /// Where a message comes in: f32 values that replace this rank's come to their place at once.
  private func receiveMemory(_ step: MessageStep, _ slot: Int, _ run: Run) -> UnsafeMutableRawBufferPointer {
    let direct = run.wire == .f32 && !step.adds
    let start = direct ? values(step.receive, run) : receivedFloats(slot)
    return UnsafeMutableRawBufferPointer(start: start, count: step.receive.count * run.wire.bytes)
  }

  /// Where a message is sent from. On a wire that rounds, this rank goes on with what the other one gets.
  private func sendMemory(_ step: MessageStep, _ slot: Int, _ run: Run) -> UnsafeRawBufferPointer {
    let bytes = step.send.count * run.wire.bytes
    let values = values(step.send, run)
    guard run.wire == .bf16 else { return UnsafeRawBufferPointer(start: values, count: bytes) }
    let halves = sentHalves(slot)
    if step.keepsSent {
      cvk_round_bf16(values, halves, step.send.count)
    } else {
      cvk_narrow_bf16(values, halves, step.send.count)
    }
    return UnsafeRawBufferPointer(start: halves, count: bytes)
  }

  private func takeIn(_ step: MessageStep, _ slot: Int, _ run: Run) {
    let (values, count) = (values(step.receive, run), step.receive.count)
    let came = UnsafeMutableRawPointer(receivedFloats(slot))
    switch (run.wire, step.adds) {
    case (.f32, true): cvk_add(values, came.assumingMemoryBound(to: Float.self), count)
    case (.f32, false): break
    case (.bf16, true): cvk_add_bf16(values, came.assumingMemoryBound(to: UInt16.self), count)
    case (.bf16, false): cvk_widen_bf16(came.assumingMemoryBound(to: UInt16.self), values, count)
    }
  }

  private func round(_ piece: Range<Int>, _ slot: Int, _ run: Run) {
    guard !piece.isEmpty else { return }
    cvk_round_bf16(values(piece, run), sentHalves(slot), piece.count)
  }
}

extension MessageAllReduce {
  /// The peer that the oldest lane under way waits for, and where it stands: "lane 3 of 40, phase 2 of 6, receiving".
  var missing: (peer: Int, where: String)? {
    guard let run else { return nil }
    if !headings.areComplete { return headings.missing.map { ($0, "waiting for its first message") } }
    let oldest = active.compactMap(\.self).min { $0.lane < $1.lane }
    guard let oldest, let transfer = oldest.receive ?? oldest.send else { return nil }
    return (
      transfer.peer,
      """
      lane \(oldest.lane + 1) of \(run.plan.laneCount), phase \(oldest.phase + 1) of \(run.plan.phaseCount), \
      \(transfer.isSend ? "sending" : "receiving")
      """
    )
  }
}
