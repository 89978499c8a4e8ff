import Fabrics
import Glibc
import Tensors

/// An all-reduce, or half of one, under way, to be given to `Communicator.finish`.
public struct PendingAllReduce: Hashable, Sendable {
  let sequence: UInt64
}

/// Collective operations over a fabric.
///
/// Every rank must call the same operations in the same order; that is how messages find each other. Ranks compare what
/// they are in before they touch each other's values, and throw `CollectiveMismatch` where it differs. An all-reduce runs
/// beside what comes after it: it moves on during `progress()` and during every operation that waits, whichever that is.
/// After an error the job is lost: messages are still under way, and neighbours may still write into windows, so the memory
/// given to this communicator must stay as it is until the process ends or, where ranks are threads, until every call has
/// thrown.
///
/// Belongs to the thread of its fabric. Throws `FabricError`, and `RanksLost` when nothing has moved for `timeout` in an
/// operation that waits, naming the operation, how far it is, and the peer.
public final class Communicator {
  public let fabric: any Fabric
  /// How long a wait may last without any movement.
  public let timeout: Duration
  /// Who shares memory with whom.
  public private(set) var topology: Topology
  /// Which algorithm is for how many bytes; the same on every rank.
  public var algorithms = AlgorithmTable.default
  /// The type in which the values of all-reduces travel between ranks that do not share memory; the same on every rank.
  public var wire = WireType.f32

  /// Asked during long waits: whether somebody outside is ending the job, so that this rank should say now for whom it waits.
  public var jobIsEnding: () -> Bool = { false }
  /// Told when this rank gives up, before it tells the others and asks what they know: gets what to say of it, with as much
  /// of their answers as there is when that is asked for, on any thread and for as long as the process lives.
  public var givesUp: (_ whatToSay: @escaping @Sendable () -> String) -> Void = { _ in }

  public var rank: Int { fabric.rank }
  public var worldSize: Int { fabric.worldSize }

  /// Why the ranks of a host do not share memory though there are several; nil where they do, and on ranks that do not know.
  public private(set) var sharingProblem: String?

  let sizes: MessageSizes
  private(set) var everyone: RankGroup
  private var twoLevels: TwoLevelGroups
  private(set) var board: NodeBoard?
  /// What this rank is doing, for those who wait for it.
  private(set) var record: UnsafeMutablePointer<RankRecord>
  private let ownRecord: UnsafeMutablePointer<RankRecord>
  private var windows: [SharedWindow] = []
  private var sequence: UInt64 = 0
  /// Of exchanges alone, which use the board's slots in turn.
  var exchanges: UInt64 = 0
  private var allReduces: UInt64 = 0
  private var operations: [AllReduceOperation] = []
  private var idleOperations: [AllReduceOperation] = []
  /// Messages of the exchange under way.
  var outstanding: [Transfer] = []
  let scratch = ScratchMemory()
  /// This rank's and a peer's, in messages.
  let headingMemory = UnsafeMutablePointer<Heading>.allocate(capacity: 2)

  /// Every rank calls it.
  ///
  /// - Parameter sharesMemory: whether the ranks of a host meet in shared memory, where the host lets them.
  public convenience init(fabric: any Fabric, timeout: Duration, sharesMemory: Bool = true) throws {
    try self.init(fabric: fabric, timeout: timeout, sharesMemory: sharesMemory, sizes: MessageSizes())
  }

  /// Other sizes than the default ones: for tests, which reach every branch with little data, and for measurements.
  package init(fabric: any Fabric, timeout: Duration, sharesMemory: Bool = true, sizes: MessageSizes) throws {
    (self.fabric, self.timeout, self.sizes) = (fabric, timeout, sizes)
    let hosts = Topology(hostNumbers: fabric.hostOfRank)
    topology = hosts
    ownRecord = .allocate(capacity: 1)
    ownRecord.initialize(to: RankRecord(rank: fabric.rank, process: getpid(), host: fabric.hostName))
    record = ownRecord
    everyone = RankGroup(Array(0..<fabric.worldSize), topology: hosts, rank: fabric.rank)
    twoLevels = TwoLevelGroups(hosts, rank: fabric.rank)
    outstanding.reserveCapacity(2 * fabric.worldSize)
    if sharesMemory, hosts.hosts.contains(where: { $0.count > 1 }) { try makeBoard() }
    if board == nil { topology = hosts.separating(Set(0..<worldSize)) }
    everyone = RankGroup(everyone.members, topology: topology, rank: rank)
    twoLevels = TwoLevelGroups(topology, rank: rank, ownersPerHost: sizes.ownersPerHost)
  }

  private func makeBoard() throws {
    let neighbours = topology.neighbours(of: rank)
    let shared = try shareSegment(bytes: SharedWindow.stride(bytesPerRank: NodeBoard.bytesPerRank) * neighbours.count)
    sharingProblem = shared.problem
    guard let segment = shared.segment else { return }
    let position = neighbours.firstIndex(of: rank)!
    let window = SharedWindow(
      segment, number: 0, ranks: neighbours.count, position: position, bytesPerRank: NodeBoard.bytesPerRank)
    let board = NodeBoard(window, position: position)
    record = board.record(of: position)
    record.initialize(to: ownRecord.pointee)
    // From here on neighbours may look at it.
    try barrier()
    self.board = board
  }

  deinit {
    ownRecord.deallocate()
    headingMemory.deallocate()
  }

  /// Where the run is, for messages: the number of the step, from 0, and the part of it.
  public func note(step: Int, phase: StaticString) {
    record.pointee.step = Int64(step)
    record.pointee.phase = Label(phase)
  }

  /// Says where this rank is, on any thread and at any time, for as long as the process lives: what it says may be torn, and
  /// is for people.
  public var whereItIs: @Sendable () -> String {
    nonisolated(unsafe) let record = record
    let (rank, hostName) = (rank, fabric.hostName)
    return {
      "dist-train: [rank \(rank) on \(hostName)] was ended by Open MPI, as it does when a process has failed, while "
        + record.pointee.sentence
    }
  }

  /// Notes that this rank has said its part and is about to end, and says whether all ranks of its host are. For ranks that are
  /// processes; on any thread and at any time, for as long as the process lives.
  public var leavesWithNeighbours: @Sendable () -> Bool {
    nonisolated(unsafe) let records = board.map { board in (0..<board.ranks).map(board.record(of:)) } ?? []
    nonisolated(unsafe) let own = record
    return {
      own.pointee.activity = .leaving
      return records.allSatisfy {
        $0.pointee.activity == .leaving || ProcessState(of: $0.pointee.process) != .running
      }
    }
  }

  /// Makes room for as many all-reduces under way at the same time, so that starting them allocates nothing. A bucket that
  /// waits for more than `MessageTags.underWay` others to finish is started all the same, and waits for the oldest.
  public func reserve(allReduces count: Int) {
    guard worldSize > 1 else { return }
    operations.reserveCapacity(count)
    idleOperations.reserveCapacity(count)
    while operations.count + idleOperations.count < min(count, MessageTags.underWay) {
      idleOperations.append(makeOperation())
    }
  }

  /// Memory of an all-reduce under way, in the default sizes, where messages are sent.
  public static let bytesPerAllReduce =
    MessageSizes().lanesInFlight * MessageSizes().pieceElements * (ElementType.f32.bytes + ElementType.bf16.bytes)

  private func makeOperation() -> AllReduceOperation {
    let messages = MessageAllReduce(
      pieceElements: sizes.pieceElements, lanesInFlight: sizes.lanesInFlight, worldSize: worldSize)
    return AllReduceOperation(rank: rank, messages: messages, ranksOnHost: board?.ranks ?? 1)
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
    let ordinal = allReduces
    allReduces += 1
    try makeRoom(for: ordinal)
    let operation = idleOperations.popLast() ?? makeOperation()
    if algorithm == .mpi {
      guard let vendor = fabric as? any VendorAllReduce else { throw AlgorithmUnavailable.mpi }
      operation.start(vendor: try vendor.startVendorAllReduce(values), heading, ordinal: ordinal)
    } else {
      try operation.start(
        plan(halves, of: values.count, algorithm), values, heading, ordinal: ordinal, wire: wire, offer: offer,
        over: fabric)
    }
    if operation.isFinished { idleOperations.append(operation) } else { operations.append(operation) }
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
    let isInTheWay = { (operation: AllReduceOperation) in operation.ordinal + UInt64(MessageTags.underWay) <= ordinal }
    while let operation = operations.first(where: isInTheWay) {
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
      self.operation(pending)?.missing
    } until: {
      guard self.operation(pending) != nil else { return .finished }
      return try self.advanceOperations() ? .moved : .idle
    }
  }

  private func operation(_ pending: PendingAllReduce) -> AllReduceOperation? {
    for operation in operations where operation.heading.sequence == pending.sequence { return operation }
    return nil
  }

  /// Replaces `values` by their sums over the ranks and waits for it.
  public func allReduce(
    _ values: UnsafeMutableBufferPointer<Float>, label: String, algorithm: AllReduceAlgorithm? = nil
  ) throws {
    try finish(try startAllReduce(values, label: label, algorithm: algorithm))
  }

  func advanceOperations() throws -> Bool {
    guard !operations.isEmpty else { return false }
    var moved = false
    for operation in operations {
      moved = try tellingOfMismatch { try operation.advance(over: fabric) } || moved
    }
    if moved {
      for operation in operations where operation.isFinished { idleOperations.append(operation) }
      operations.removeAll { $0.isFinished }
    }
    return moved
  }

  /// Numbers a collective, the same on every rank, and notes it for whoever asks.
  func begin(_ heading: Heading) -> Heading {
    var heading = heading
    heading.sequence = sequence
    sequence += 1
    record.pointee.heading = heading
    record.pointee.history.append(heading)
    return heading
  }

  /// Memory that the ranks of each host share, `bytes` for each rank; nil, on every rank, where some host cannot give it or
  /// no two ranks share a host. Every rank calls it.
  public func makeWindow(bytes: Int) throws -> SharedWindow? {
    guard let board else { return nil }
    let stride = SharedWindow.stride(bytesPerRank: bytes)
    guard let segment = try shareSegment(bytes: stride * board.ranks).segment else { return nil }
    let window = SharedWindow(
      segment, number: windows.count + 1, ranks: board.ranks, position: board.position, bytesPerRank: bytes)
    windows.append(window)
    return window
  }
}

/// How messages are cut.
package struct MessageSizes {
  /// With its header just below the 64 KiB that Open MPI's TCP sends without asking first. A larger message waits for an
  /// answer that queues behind the bytes of the other direction: measured at 1 Gbit/s between 2 and 4 hosts, pieces of 256
  /// KiB reach 0.65 to 0.89 of the link, these 0.95.
  package var pieceElements = 16_000
  /// Enough to keep a link busy from one look to the next.
  package var lanesInFlight = 16
  /// The most bytes of a broadcast's message.
  package var messageBytes = maximumMessageBytes
  /// How many ranks of a host send to other hosts; nil: as many as the smallest host has.
  package var ownersPerHost: Int?

  package init() {}
}

/// An algorithm that this fabric does not have.
public struct AlgorithmUnavailable: Error, CustomStringConvertible {
  public let description: String

  static let mpi = AlgorithmUnavailable(
    description:
      "collectives.algorithm is mpi, and there is no MPI where ranks are threads. Choose another, or use mpirun.")

  static func halves(of algorithm: AllReduceAlgorithm) -> AlgorithmUnavailable {
    AlgorithmUnavailable(
      description: "\(algorithm.rawValue) has neither a reduce-scatter nor an all-gather. Choose ring or two_level.")
  }
}
