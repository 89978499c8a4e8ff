import CVectorKernels
import Fabrics

/// One all-reduce, or half of one, under way: offers its values to the ranks of its host, adds, exchanges messages, hands
/// the sums back. Which of these it does is its plan's to say. A state machine that moves on a little whenever it is asked
/// to; kept and used again, since its memory is allocated once.
final class AllReduceOperation {
  private enum Stage {
    case finished
    /// Waits until every rank of the host offers its values.
    case arriving
    case exchangingMessages
    /// Waits until every rank of the host has done its part.
    case leaving
    case vendor(Transfer)
  }

  /// Values that every rank of the host sees.
  struct Offer {
    let board: NodeBoard
    let window: SharedWindow
    /// Of the values in each part, in bytes.
    let offset: Int
  }

  private let messages: MessageAllReduce
  /// Where each of the host's ranks has its values, in their order.
  private let parts: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  private let mostParts: Int
  private var stage = Stage.finished
  /// How-manieth all-reduce of the communicator.
  private(set) var ordinal: UInt64 = 0
  private(set) var heading = Heading(.allReduce, label: Label(""), count: 0)
  private var plan: AllReducePlan?
  private var offer: Offer?
  private var values = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  private var wire = WireType.f32
  /// Ranks of the host that have come as far as this one's stage, counted in their order.
  private var neighboursSeen = 0

  init(messages: MessageAllReduce, ranksOnHost: Int) {
    self.messages = messages
    mostParts = ranksOnHost
    parts = .allocate(capacity: ranksOnHost)
    parts.initialize(repeating: nil, count: ranksOnHost)
  }

  deinit { parts.deallocate() }

  var isFinished: Bool { if case .finished = stage { true } else { false } }

  private var tags: MessageTags { MessageTags(ordinal: ordinal) }

  /// Starts; nothing may be under way here. `offer` says where the values lie in shared memory, where the plan adds there.
  func start(
    _ plan: AllReducePlan, _ values: UnsafeMutableBufferPointer<Float>, _ heading: Heading, ordinal: UInt64,
    wire: WireType, offer: Offer?, over fabric: any Fabric
  ) throws {
    precondition(isFinished)
    (self.plan, self.values, self.heading, self.wire, self.offer) = (plan, values, heading, wire, offer)
    (self.ordinal, neighboursSeen) = (ordinal, 0)
    if let offer {
      for (index, part) in offer.window.parts.enumerated() {
        parts[index] = (part + offer.offset).assumingMemoryBound(to: Float.self)
      }
      offer.board.arrive(heading, slot: tags.slot)
      stage = .arriving
    } else {
      try startMessages(over: fabric)
    }
  }

  func start(vendor transfer: Transfer, _ heading: Heading, ordinal: UInt64) {
    precondition(isFinished)
    (self.heading, self.ordinal) = (heading, ordinal)
    stage = .vendor(transfer)
  }

  /// True when anything has moved.
  func advance(over fabric: any Fabric) throws -> Bool {
    switch stage {
    case .finished:
      return false
    case .vendor(let transfer):
      guard try fabric.isFinished(transfer) else { return false }
      stage = .finished
      return true
    case .arriving:
      return try greetNeighbours(over: fabric)
    case .exchangingMessages:
      let moved = try messages.advance(over: fabric)
      if messages.isFinished { handBack() }
      return moved
    case .leaving:
      return seeNeighboursOff()
    }
  }

  private func greetNeighbours(over fabric: any Fabric) throws -> Bool {
    guard let offer else { return false }
    let before = neighboursSeen
    while neighboursSeen < mostParts,
      let theirs = offer.board.arrival(of: neighboursSeen, sequence: heading.sequence, slot: tags.slot)
    {
      if theirs != heading {
        let peer = Int(offer.board.record(of: neighboursSeen).pointee.rank)
        throw CollectiveMismatch(over: fabric, heading, peer: peer, theirs)
      }
      neighboursSeen += 1
    }
    if neighboursSeen == mostParts { try addUp(over: fabric) }
    return neighboursSeen > before
  }

  /// Everyone's values are there: adds this rank's part, in rank order, unless there is nothing to add.
  private func addUp(over fabric: any Fabric) throws {
    guard let plan, let owned = plan.owned, !owned.isEmpty || plan.messages != nil else { return leave() }
    switch plan.halves {
    case .both where plan.messages == nil:
      sum(parts, mostParts, into: parts, mostParts, owned)
      return leave()
    case .both, .reduceScatter:
      sum(parts, mostParts, into: parts + (offer?.board.position ?? 0), 1, owned)
    case .allGather: break
    }
    try startMessages(over: fabric)
  }

  private func startMessages(over fabric: any Fabric) throws {
    guard let plan, let messagePlan = plan.messages else { return handBack() }
    let own = plan.owned.map { UnsafeMutableBufferPointer(rebasing: values[$0]) } ?? values
    try messages.start(
      MessageAllReduce.Run(
        plan: messagePlan, members: plan.members, values: own, heading: heading, wire: wire, tags: tags), over: fabric)
    stage = .exchangingMessages
    if messages.isFinished { handBack() }
  }

  /// The sums over all hosts are there: gives the neighbours theirs, unless everyone keeps its own.
  private func handBack() {
    guard let offer, let plan, let owned = plan.owned else {
      stage = .finished
      return
    }
    if plan.halves == .reduceScatter { return leave() }
    let own = offer.board.position
    for index in 0..<mostParts where index != own { sum(parts + own, 1, into: parts + index, 1, owned) }
    leave()
  }

  private func leave() {
    guard let offer else { return }
    offer.board.leave(sequence: heading.sequence, slot: tags.slot)
    neighboursSeen = 0
    stage = .leaving
    _ = seeNeighboursOff()
  }

  private func seeNeighboursOff() -> Bool {
    guard let offer else { return false }
    let before = neighboursSeen
    while neighboursSeen < mostParts,
      offer.board.hasLeft(neighboursSeen, sequence: heading.sequence, slot: tags.slot)
    {
      neighboursSeen += 1
    }
    if neighboursSeen == mostParts {
      stage = .finished
      self.offer = nil
    }
    return neighboursSeen > before
  }

  private typealias Parts = UnsafeMutablePointer<UnsafeMutablePointer<Float>?>

  private func sum(_ x: Parts, _ count: Int, into y: Parts, _ copies: Int, _ range: Range<Int>) {
    let addends = UnsafeRawPointer(x).assumingMemoryBound(to: UnsafePointer<Float>?.self)
    cvk_sum_in_order(addends, count, y, copies, range.lowerBound, range.upperBound)
  }

  /// The peer that is waited for, and where this all-reduce stands; nil where no single one can be named.
  var missing: Missing? {
    switch stage {
    case .finished, .vendor: return nil
    case .exchangingMessages: return messages.missing.map { Missing(peer: $0.peer, place: $0.where, heading: heading) }
    case .arriving, .leaving:
      guard let offer, neighboursSeen < mostParts else { return nil }
      let peer = Int(offer.board.record(of: neighboursSeen).pointee.rank)
      let arrives = if case .arriving = stage { true } else { false }
      let place = arrives ? "until it offers its values" : "until it has added up its part"
      return Missing(peer: peer, place: place, heading: heading)
    }
  }
}
