import CMPI

/// The ranks of `mpirun`, or of any launcher that Open MPI knows; started without one, a job of one rank.
///
/// A process makes one, on the thread that will use it (MPI_THREAD_FUNNELED), and calls `finalize` itself: a
/// `MPI_Finalize` in `deinit` would wait for ever for the other ranks when this one leaves with an error.
///
/// A message larger than its buffer is an error while it is small enough to be sent at once (about 4 KB on one host).
/// Open MPI 4.1.4 writes a larger one, or one that a rank sends itself, past the end of the buffer: ranks must have
/// compared their plans before they send each other anything large.
public final class MPIFabric: Fabric {
  public let rank: Int
  public let worldSize: Int
  public let hostOfRank: [Int]
  public let jobRanks: [Int]
  public let hostName = currentHostName()
  /// How long whoever calls `finalize`, which waits for every rank, should let it wait.
  public var finalizeTimeout = Duration.seconds(300)

  /// A duplicate of MPI_COMM_WORLD, so that no library's messages can meet ours, or a part of it.
  fileprivate let communicator: cmpi_handle
  /// How many are under way at once depends on timing: there is room for more than that from the start, so that no step
  /// has to make it.
  private static let usualTransfers = 1024
  private var slots: [Slot] = []
  private var freeSlots: [Int] = []

  /// A request and what its messages need to say about it. A transfer's identifier is its slot's index.
  fileprivate struct Slot {
    var request: cmpi_handle
    let bytes: Int
    let tag: Int
  }

  /// Starts MPI. All ranks must call it. Traps when the process has started MPI before.
  public convenience init() throws {
    var started: Int32 = 0
    try check(cmpi_initialized(&started), "MPI_Initialized")
    precondition(started == 0, "a process starts MPI once and has one MPIFabric")
    var funneled: Int32 = 0
    try check(cmpi_init_thread(&funneled), "MPI_Init_thread")
    guard funneled != 0 else {
      throw FabricError.callFailed(
        rank: nil, call: "MPI_Init_thread", code: 0, text: "this MPI library does not provide MPI_THREAD_FUNNELED")
    }
    var communicator: cmpi_handle = 0
    try check(cmpi_comm_dup_world(&communicator), "MPI_Comm_dup")
    try check(cmpi_comm_set_errors_return(communicator), "MPI_Comm_set_errhandler")
    let (rank, worldSize) = (try number(in: communicator), try size(of: communicator))
    let hosts = try hosts(of: worldSize, rank: Int32(rank), communicator)
    self.init(communicator, rank: rank, hostOfRank: hosts, jobRanks: Array(0..<worldSize))
  }

  private init(_ communicator: cmpi_handle, rank: Int, hostOfRank: [Int], jobRanks: [Int]) {
    (self.communicator, self.rank, self.hostOfRank, self.jobRanks) = (communicator, rank, hostOfRank, jobRanks)
    worldSize = jobRanks.count
    slots.reserveCapacity(Self.usualTransfers)
    freeSlots.reserveCapacity(Self.usualTransfers)
  }

  /// MPI_Comm_split, which waits for every rank without a deadline.
  public func group(_ members: [Int]) throws -> any Fabric {
    precondition(members.contains(rank), "rank \(rank) makes a group of the others \(members)")
    var group: cmpi_handle = 0
    try check(cmpi_comm_split(communicator, Int32(members[0]), &group), "MPI_Comm_split", jobRank)
    return MPIFabric(
      group, rank: try number(in: group), hostOfRank: hostsOfGroup(members, hostOfRank: hostOfRank),
      jobRanks: members.map { jobRanks[$0] })
  }

  public func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    checkArguments(bytes: bytes.count, peer: peer, tag: tag)
    var request: cmpi_handle = 0
    try check(
      cmpi_isend(bytes.baseAddress, Int32(bytes.count), Int32(peer), Int32(tag), communicator, &request),
      "MPI_Isend", jobRank)
    let slot = keep(Slot(request: request, bytes: bytes.count, tag: tag))
    return Transfer(identifier: slot, peer: peer, isSend: true)
  }

  public func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    checkArguments(bytes: bytes.count, peer: peer, tag: tag)
    var request: cmpi_handle = 0
    try check(
      cmpi_irecv(bytes.baseAddress, Int32(bytes.count), Int32(peer), Int32(tag), communicator, &request),
      "MPI_Irecv", jobRank)
    let slot = keep(Slot(request: request, bytes: bytes.count, tag: tag))
    return Transfer(identifier: slot, peer: peer, isSend: false)
  }

  public func isFinished(_ transfer: Transfer) throws -> Bool {
    var finished: Int32 = 0
    var count: Int32 = 0
    let code = cmpi_test(&slots[transfer.identifier].request, &finished, &count)
    let slot = slots[transfer.identifier]
    guard finished != 0 || code != CMPI_SUCCESS else { return false }
    freeSlots.append(transfer.identifier)
    if !transfer.isSend, cmpi_error_is_truncation(code) != 0 {
      throw mismatch(transfer, slot, receivedBytes: nil)
    }
    try check(code, "MPI_Test", jobRank)
    if !transfer.isSend, Int(count) != slot.bytes {
      throw mismatch(transfer, slot, receivedBytes: Int(count))
    }
    return true
  }

  public func senderOfMessage(tag: Int) throws -> Int? {
    var found: Int32 = 0
    var source: Int32 = 0
    try check(cmpi_iprobe(Int32(tag), communicator, &found, &source), "MPI_Iprobe", jobRank)
    return found != 0 ? Int(source) : nil
  }

  public func hasMessage(from peer: Int, tag: Int) throws -> Bool {
    var found: Int32 = 0
    try check(cmpi_iprobe_source(Int32(peer), Int32(tag), communicator, &found), "MPI_Iprobe", jobRank)
    return found != 0
  }

  /// MPI_Abort, which does not return.
  public func abort(status: Int32) {
    _ = cmpi_abort(status)
  }

  public func finalize() throws {
    precondition(freeSlots.count == slots.count, "MPI_Finalize with \(slots.count - freeSlots.count) transfers pending")
    try check(cmpi_finalize(), "MPI_Finalize", jobRank)
  }

  fileprivate func keep(_ slot: Slot) -> Int {
    guard let free = freeSlots.popLast() else {
      slots.append(slot)
      return slots.count - 1
    }
    slots[free] = slot
    return free
  }

  private func mismatch(_ transfer: Transfer, _ slot: Slot, receivedBytes: Int?) -> FabricError {
    .sizeMismatch(
      rank: jobRank, peer: jobRanks[transfer.peer], tag: slot.tag, expectedBytes: slot.bytes,
      receivedBytes: receivedBytes)
  }
}

extension MPIFabric: VendorAllReduce {
  public var vendorAllReduceName: String { "MPI_Allreduce" }

  public func startVendorAllReduce(_ values: UnsafeMutableBufferPointer<Float>) throws -> Transfer {
    precondition(values.count <= Int32.max, "MPI counts \(values.count) elements with an int")
    var request: cmpi_handle = 0
    try check(
      cmpi_iallreduce_float_sum(values.baseAddress, Int32(values.count), communicator, &request), "MPI_Iallreduce",
      jobRank
    )
    return Transfer(identifier: keep(Slot(request: request, bytes: 0, tag: 0)), peer: rank, isSend: true)
  }

  public func vendorAllReduce(_ values: UnsafeMutableBufferPointer<Float>) throws {
    try allReduce(from: nil, into: values)
  }

  public func vendorAllReduce(
    from source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    precondition(source.count == target.count, "\(source.count) elements into \(target.count)")
    try allReduce(from: source.baseAddress, into: target)
  }

  private func allReduce(from source: UnsafePointer<Float>?, into target: UnsafeMutableBufferPointer<Float>) throws {
    precondition(target.count <= Int32.max, "MPI counts \(target.count) elements with an int")
    let count = Int32(target.count)
    try check(cmpi_allreduce_float_sum(source, target.baseAddress, count, communicator), "MPI_Allreduce", jobRank)
  }
}

/// From now on, whatever ends this process by `_exit` asks `status` first which status to end with: Open MPI does so in the
/// middle of any call when it finds a connection broken. Called on any thread; it may allocate and print.
public func atLibraryExit(_ status: @escaping @convention(c) (Int32) -> Int32) { cmpi_at_exit(status) }

/// The one place where MPI's codes become errors.
private func check(_ code: Int32, _ call: String, _ rank: Int? = nil) throws {
  guard code != CMPI_SUCCESS else { return }
  var text = [CChar](repeating: 0, count: Int(CMPI_ERROR_TEXT))
  _ = cmpi_error_string(code, &text)
  let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  throw FabricError.callFailed(rank: rank, call: call, code: code, text: String(decoding: bytes, as: UTF8.self))
}

private func number(in communicator: cmpi_handle) throws -> Int {
  var rank: Int32 = 0
  try check(cmpi_comm_rank(communicator, &rank), "MPI_Comm_rank")
  return Int(rank)
}

private func size(of communicator: cmpi_handle) throws -> Int {
  var size: Int32 = 0
  try check(cmpi_comm_size(communicator, &size), "MPI_Comm_size")
  return Int(size)
}

/// The lowest rank on each rank's host.
private func hosts(of worldSize: Int, rank: Int32, _ communicator: cmpi_handle) throws -> [Int] {
  var host: cmpi_handle = 0
  try check(cmpi_comm_split_shared(communicator, rank, &host), "MPI_Comm_split_type")
  var neighbours = [Int32](repeating: 0, count: try size(of: host))
  try check(cmpi_allgather_int(host, rank, &neighbours), "MPI_Allgather")
  try check(cmpi_comm_free(&host), "MPI_Comm_free")
  var lowest = [Int32](repeating: 0, count: worldSize)
  try check(cmpi_allgather_int(communicator, neighbours.min() ?? rank, &lowest), "MPI_Allgather")
  return lowest.map(Int.init)
}
