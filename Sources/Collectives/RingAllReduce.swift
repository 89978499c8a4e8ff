import CVectorKernels
import Fabrics
import Tensors

/// Carries out one `RingPlan` after another: a state machine that moves on a little whenever it is asked to.
///
/// Its staging memory is allocated once, so an engine is kept and used again.
final class RingAllReduce {
  /// What a run is about, for the wire and for messages.
  struct Purpose {
    let label: String
    let sequence: Int
    /// Lane l's messages bear tag `firstTag + l`, modulo `maximumTag`. Lanes under way at the same time are near each
    /// other, so no two of them share a tag, and messages of one tag arrive in order.
    let firstTag: Int
  }

  /// A lane under way. Its phase ends when both transfers have finished.
  private struct ActiveLane {
    let lane: Int
    var phase: Int
    var send: Transfer?
    var receive: Transfer?
  }

  private let staging: AlignedBuffer
  private let pieceElements: Int
  /// At most one lane for each piece of staging; nil where none is under way.
  private var active: [ActiveLane?]
  private var nextLane = 0
  private var finishedLanes = 0
  private var plan: RingPlan
  private var values: UnsafeMutableBufferPointer<Float>
  private(set) var purpose: Purpose

  var isFinished: Bool { finishedLanes == plan.laneCount }

  init(pieceElements: Int, lanesInFlight: Int) {
    self.pieceElements = pieceElements
    staging = AlignedBuffer(bytes: lanesInFlight * pieceElements * MemoryLayout<Float>.stride)
    active = .init(repeating: nil, count: lanesInFlight)
    plan = RingPlan(worldSize: 1, rank: 0, elements: 0, pieceElements: 1)
    values = UnsafeMutableBufferPointer(start: nil, count: 0)
    purpose = Purpose(label: "", sequence: 0, firstTag: 0)
  }

  /// Starts the first lanes. The engine must be finished with its last run. `values` stay the caller's and must not be
  /// touched until this run is finished.
  func start(
    _ plan: RingPlan, _ values: UnsafeMutableBufferPointer<Float>, _ purpose: Purpose, over fabric: any Fabric
  ) throws {
    precondition(isFinished && plan.pieceElements <= pieceElements && plan.elements == values.count)
    self.plan = plan
    self.values = values
    self.purpose = purpose
    nextLane = 0
    finishedLanes = 0
    for slot in active.indices { try startNextLane(in: slot, over: fabric) }
  }

  /// Looks at every lane under way; true when anything has moved.
  func advance(over fabric: any Fabric) throws -> Bool {
    var moved = false
    for slot in active.indices where active[slot] != nil {
      moved = try advance(slot, over: fabric) || moved
    }
    return moved
  }

  private func advance(_ slot: Int, over fabric: any Fabric) throws -> Bool {
    guard var lane = active[slot] else { return false }
    var moved = false
    if let receive = lane.receive, try fabric.isFinished(receive) {
      lane.receive = nil
      moved = true
      let step = plan.step(lane: lane.lane, phase: lane.phase)
      if step.adds { add(staging(slot, step.receive.count), to: elements(step.receive)) }
    }
    if let send = lane.send, try fabric.isFinished(send) {
      lane.send = nil
      moved = true
    }
    active[slot] = lane
    if moved, lane.send == nil, lane.receive == nil { try enterPhase(lane.phase + 1, of: slot, over: fabric) }
    return moved
  }

  private func startNextLane(in slot: Int, over fabric: any Fabric) throws {
    guard nextLane < plan.laneCount else {
      active[slot] = nil
      return
    }
    active[slot] = ActiveLane(lane: nextLane, phase: 0)
    nextLane += 1
    try enterPhase(0, of: slot, over: fabric)
  }

  /// Starts the transfers of `phase` or of the first phase after it that has any; past the last phase, the next lane.
  private func enterPhase(_ phase: Int, of slot: Int, over fabric: any Fabric) throws {
    guard var lane = active[slot] else { return }
    let tag = (purpose.firstTag + lane.lane) % maximumTag
    for phase in phase..<plan.phaseCount {
      let step = plan.step(lane: lane.lane, phase: phase)
      if !step.receive.isEmpty {
        let target = step.adds ? staging(slot, step.receive.count) : elements(step.receive)
        lane.receive = try fabric.startReceive(
          into: UnsafeMutableRawBufferPointer(target), from: plan.previous, tag: tag)
      }
      if !step.send.isEmpty {
        lane.send = try fabric.startSend(UnsafeRawBufferPointer(elements(step.send)), to: plan.next, tag: tag)
      }
      guard lane.receive == nil, lane.send == nil else {
        lane.phase = phase
        active[slot] = lane
        return
      }
    }
    finishedLanes += 1
    try startNextLane(in: slot, over: fabric)
  }

  private func elements(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: values[range])
  }

  private func staging(_ slot: Int, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let start = slot * pieceElements
    return UnsafeMutableBufferPointer(rebasing: staging.elements(Float.self)[start..<start + count])
  }

  private func add(_ addend: UnsafeMutableBufferPointer<Float>, to sum: UnsafeMutableBufferPointer<Float>) {
    // A step that received anything has elements, so neither pointer is nil.
    guard let sum = sum.baseAddress, let values = addend.baseAddress else { return }
    cvk_add(sum, values, addend.count)
  }
}

extension RingAllReduce {
  /// The peer that the oldest lane under way waits for, and a sentence that says where it stands.
  var whatIsMissing: (peer: Int, what: String) {
    let oldest = active.compactMap(\.self).min { $0.lane < $1.lane }
    guard let oldest, let transfer = oldest.receive ?? oldest.send else { return (plan.previous, "\(name)") }
    let reducing = oldest.phase < plan.worldSize - 1
    let phase = reducing ? oldest.phase : oldest.phase - (plan.worldSize - 1)
    return (
      transfer.peer,
      """
      \(transfer.isSend ? "sending" : "receiving") in \(name), lane \(oldest.lane + 1) of \(plan.laneCount), \
      \(reducing ? "reduce-scatter" : "all-gather") phase \(phase + 1) of \(plan.worldSize - 1)
      """
    )
  }

  private var name: String {
    "all-reduce '\(purpose.label)' (collective \(purpose.sequence), \(plan.elements) elements)"
  }
}
