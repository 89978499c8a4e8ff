import Fabrics
import Tensors

/// An all-reduce, or half of one, under way, to be given to `Communicator.finish`.
public struct PendingAllReduce: Hashable, Sendable {
  let sequence: UInt64
}

// Any number of all-reduces at a time, which move on while the rank computes.
extension Communicator {
  /// Makes room for as many all-reduces under way at the same time, so that starting them allocates nothing. A bucket that
  /// waits for more than `MessageTags.underWay` others to finish is started all the same, and waits for the oldest.
  public func reserve(allReduces count: Int) {
    guard worldSize > 1 else { return }
    operations.reserve(count, makeOperation)
  }

  /// Memory of an all-reduce under way, in the default sizes, where messages are sent.
  public static let bytesPerAllReduce =
    MessageSizes().lanesInFlight * MessageSizes().pieceElements * (ElementType.f32.bytes + ElementType.bf16.bytes)

  private func makeOperation() -> AllReduceOperation {
    let messages = MessageAllReduce(
      pieceElements: sizes.pieceElements, lanesInFlight: sizes.lanesInFlight, worldSize: worldSize)
    return AllReduceOperation(messages: messages, ranksOnHost: board?.ranks ?? 1)
  }

  /// Starts replacing `values` by their sums over the ranks, added in the order that the algorithm's plan states; returns at
  /// once. All ranks give the same count. `values` stay the caller's and must not be touched until `finish` has returned.
  ///
  /// - Parameters:
  ///   - label: names the operation in messages.
  ///   - algorithm: the table's, unless given. Two levels need values that lie in a window, at the same place on every rank
  ///     of a host; others take the ring.
  public func startAllReduce(
    _ values: UnsafeMutableBufferPointer<Float>, label: String, algorithm: AllReduceAlgorithm? = nil
  ) throws -> PendingAllReduce {
    try start(.both, values, label: label, algorithm: algorithm, wire: wire)
  }

  func start(
    _ halves: AllReduceHalves, _ values: UnsafeMutableBufferPointer<Float>, label: String,
    algorithm: AllReduceAlgorithm?, wire: WireType
  ) throws -> PendingAllReduce {
    let (algorithm, offer) = way(of: values, algorithm)
    if halves != .both, !algorithm.hasHalves { throw AlgorithmUnavailable.halves(of: algorithm) }
    let place = offer.map { $0.window.place(atOffset: $0.offset) } ?? 0
    let heading = begin(
      Heading(
        allReduce: Label(label), halves, elements: values.count, algorithm: algorithm, wire: wire, place: place))
    let pending = PendingAllReduce(sequence: heading.sequence)
    guard worldSize > 1 else { return pending }
    let ordinal = operations.nextOrdinal()
    try makeRoom(for: ordinal)
    let operation = operations.takeIdle() ?? makeOperation()
    if algorithm == .mpi {
      guard let vendor = fabric as? any VendorAllReduce else { throw AlgorithmUnavailable.mpi }
      operation.start(vendor: try vendor.startVendorAllReduce(values), heading, ordinal: ordinal)
    } else {
      try operation.start(
        plan(halves, of: values.count, algorithm), values, heading, ordinal: ordinal, wire: wire, offer: offer,
        over: fabric)
    }
    operations.add(operation)
    return pending
  }

  /// The algorithm for `values`, and where they lie in a window if it adds up there.
  func way(
    of values: UnsafeMutableBufferPointer<Float>, _ algorithm: AllReduceAlgorithm?
  ) -> (AllReduceAlgorithm, AllReduceOperation.Offer?) {
    let algorithm = algorithm ?? algorithms.algorithm(bytes: values.count * ElementType.f32.bytes)
    guard algorithm == .twoLevel else { return (algorithm, nil) }
    let offer = offer(values)
    return (offer == nil && board != nil ? .ring : .twoLevel, offer)
  }

  func plan(_ halves: AllReduceHalves, of elements: Int, _ algorithm: AllReduceAlgorithm) -> AllReducePlan {
    AllReducePlan(
      algorithm, topology: topology, groups: twoLevels, rank: rank, elements: elements,
      pieceElements: sizes.pieceElements, halves: halves)
  }

  private func offer(_ values: UnsafeMutableBufferPointer<Float>) -> AllReduceOperation.Offer? {
    guard let board else { return nil }
    for window in windows {
      if let offset = window.offset(of: values) {
        return AllReduceOperation.Offer(board: board, window: window, offset: offset)
      }
    }
    return nil
  }

  /// Waits until the one that had the same tags has finished.
  private func makeRoom(for ordinal: UInt64) throws {
    while let operation = operations.inTheWay(of: ordinal) {
      try finish(PendingAllReduce(sequence: operation.heading.sequence))
    }
  }

  /// Moves what is under way on; never waits. To be called often while computing, since messages move only then.
  public func progress() throws {
    _ = try advanceOperations()
  }

  /// Waits until `pending` is finished.
  public func finish(_ pending: PendingAllReduce) throws {
    try wait {
      self.operations[pending]?.missing
    } until: {
      guard self.operations[pending] != nil else { return .finished }
      return try self.advanceOperations() ? .moved : .idle
    }
  }

  /// Replaces `values` by their sums over the ranks and waits for it.
  public func allReduce(
    _ values: UnsafeMutableBufferPointer<Float>, label: String, algorithm: AllReduceAlgorithm? = nil
  ) throws {
    try finish(try startAllReduce(values, label: label, algorithm: algorithm))
  }

  func advanceOperations() throws -> Bool {
    var moved = false
    for operation in operations.running {
      moved = try tellingOfMismatch { try operation.advance(over: fabric) } || moved
    }
    if moved { operations.retireFinished() }
    return moved
  }
}
