import Fabrics
import Glibc
import Tensors

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

  /// Told when this rank, after all, goes on: every rank has answered, and so nobody is lost.
  public var goesOn: () -> Void = {}
  /// Whether it has gone on so since it last saw anything move.
  var hasGoneOn = false

  public var rank: Int { fabric.rank }
  public var worldSize: Int { fabric.worldSize }
  /// By which messages name the ranks.
  public let jobRanks: [Int]
  public var jobRank: Int { jobRanks[rank] }

  /// Why the ranks of a host do not share memory though there are several; nil where they do, and on ranks that do not know.
  public private(set) var sharingProblem: String?

  let sizes: MessageSizes
  private(set) var everyone: RankGroup
  private(set) var twoLevels: TwoLevelGroups
  private(set) var board: NodeBoard?
  /// What this rank is doing, for those who wait for it.
  private(set) var record: UnsafeMutablePointer<RankRecord>
  private let ownRecord: UnsafeMutablePointer<RankRecord>
  private(set) var windows: [SharedWindow] = []
  private var sequence: UInt64 = 0
  /// Of exchanges alone, which use the board's slots in turn.
  var exchanges: UInt64 = 0
  var operations = OperationsUnderWay()
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
    jobRanks = fabric.jobRanks
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
