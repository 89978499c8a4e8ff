import Fabrics

extension Communicator {
  /// Makes memory that the ranks of each host share; nil, on every rank, where it cannot be had on one host. Every rank
  /// calls it. The first rank of a host makes it, and once every rank has opened it nobody else can.
  func shareSegment(bytes: Int) throws -> (segment: SharedSegment?, problem: String?) {
    let neighbours = topology.neighbours(of: rank)
    // For each rank, since hosts may have different numbers of them.
    let heading = begin(Heading(.broadcast, label: Label("shared memory"), count: bytes / neighbours.count))
    var segment: SharedSegment?
    var problem: String?
    do {
      if rank == neighbours[0] { segment = try SharedSegment(bytes: bytes) }
    } catch {
      problem = "\(error)"
    }
    let handle = UnsafeMutablePointer<SharedSegment.Handle>.allocate(capacity: 1)
    handle.initialize(to: segment?.handle ?? .none)
    let message = UnsafeMutableRawBufferPointer(start: handle, count: MemoryLayout<SharedSegment.Handle>.size)
    if rank == neighbours[0] {
      for neighbour in neighbours.dropFirst() {
        try sendHeading(heading, to: neighbour)
        try send(UnsafeRawBufferPointer(message), to: neighbour)
      }
    } else {
      try receiveHeading(heading, from: neighbours[0])
      try receive(into: message, from: neighbours[0])
    }
    try complete()
    do {
      if rank != neighbours[0], !handle.pointee.isNone { segment = try SharedSegment(handle.pointee) }
    } catch {
      problem = "\(error)"
    }
    handle.deallocate()
    let failures = try sum([segment == nil ? 1 : 0])[0]
    segment?.stopOffering()
    return failures == 0 ? (segment, nil) : (nil, problem)
  }
}
