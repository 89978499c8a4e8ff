import Fabrics

/// Adds `part` to `sum`, or merges it into it: in place, both of equal size.
typealias Merge = (_ sum: UnsafeMutableRawPointer, _ part: UnsafeRawPointer) -> Void

// Small messages, whose time is latency: statistics, votes, counts.
extension Communicator {
  /// Replaces `bytes` by what `merge` makes of every member's; all members get the same bits. Every rank of the
  /// communicator calls it, each with a group that it is in.
  ///
  /// **Order of merging:** the members of a host in the order of their ranks; then the hosts, numbered by their first
  /// members, in the balanced tree of `DoublingPlan`, the lower ones' first.
  ///
  /// The ranks of a host read each other's bytes from shared memory, each merging for itself: one hop. The first member of
  /// each host then exchanges with those of other hosts in log2 rounds and lays the result into shared memory.
  func combine(_ bytes: UnsafeMutableRawBufferPointer, in group: RankGroup, label: StaticString, merge: Merge) throws {
    let heading = begin(Heading(.combine, label: Label(label), count: bytes.count))
    guard let board, bytes.count <= NodeBoard.slotBytes else {
      return try combine(bytes, acrossHostsOf: group.flat, heading, merge)
    }
    let levels = group.byHost
    // Two slots for each exchange, used or not, so that ranks in unlike groups stay together.
    let first = 2 * exchanges
    exchanges += 1
    if levels.positions.count > 1 {
      try publish(bytes, on: board, index: first, heading)
      for (order, position) in levels.positions.enumerated() {
        let part = try published(position, on: board, index: first, heading, count: bytes.count)
        if order == 0 {
          bytes.copyMemory(from: part)
        } else if let own = bytes.baseAddress {
          merge(own, part.baseAddress!)
        }
      }
    }
    if levels.leaders.count > 1 {
      try combine(bytes, acrossHostsOf: levels, heading, merge)
      if levels.positions.count > 1 {
        if levels.leaderIndex != nil {
          try publish(bytes, on: board, index: first + 1, heading)
        } else {
          bytes.copyMemory(
            from: try published(levels.positions[0], on: board, index: first + 1, heading, count: bytes.count))
        }
      }
    }
    board.goOn(to: first + 2)
  }

  private func publish(
    _ bytes: UnsafeMutableRawBufferPointer, on board: NodeBoard, index: UInt64, _ heading: Heading
  ) throws {
    try wait {
      board.rankStillReading(before: index).map {
        Missing(peer: self.rankOnHost($0), place: "until it has read what came before")
      }
    } until: {
      if board.rankStillReading(before: index) == nil { return .finished }
      return try self.advanceOperations() ? .moved : .idle
    }
    board.publish(heading, UnsafeRawBufferPointer(bytes), index: index)
  }

  /// What a rank of this host has published; waits for it.
  private func published(
    _ position: Int, on board: NodeBoard, index: UInt64, _ heading: Heading, count: Int
  ) throws -> UnsafeRawBufferPointer {
    try wait {
      Missing(peer: self.rankOnHost(position), place: "until it comes")
    } until: {
      if board.hasPublished(position, index: index) { return .finished }
      return try self.advanceOperations() ? .moved : .idle
    }
    try requireEqual(heading, board.publishedHeading(of: position, index: index), of: rankOnHost(position))
    return UnsafeRawBufferPointer(board.payload(of: position, index: index, count: count))
  }

  /// Waits until every rank has called it.
  public func barrier() throws {
    try combine(UnsafeMutableRawBufferPointer(start: nil, count: 0), in: everyone, label: "barrier") { _, _ in }
  }

  /// The sums of `counts` over the ranks, exact; all ranks give equally many. Traps when a sum overflows.
  public func sum(_ counts: [Int]) throws -> [Int] {
    var sums = counts
    try sums.withUnsafeMutableBytes { bytes in
      try combine(bytes, in: everyone, label: "sum of counts") { sum, part in
        let (sum, part) = (sum.assumingMemoryBound(to: Int.self), part.assumingMemoryBound(to: Int.self))
        for index in 0..<counts.count { sum[index] += part[index] }
      }
    }
    return sums
  }

  func rankOnHost(_ position: Int) -> Int { topology.hosts[topology.hostOfRank[rank]][position] }

  /// Recursive doubling over the first members of the hosts; the others return at once.
  private func combine(
    _ bytes: UnsafeMutableRawBufferPointer, acrossHostsOf levels: RankGroup.Levels, _ heading: Heading, _ merge: Merge
  ) throws {
    guard let index = levels.leaderIndex else { return }
    let pairing = levels.pairing
    if let host = pairing.host(of: index) {
      try swap(heading, sending: bytes, receivingInto: nil, with: levels.leaders[host])
      return try swap(heading, sending: nil, receivingInto: bytes, with: levels.leaders[host])
    }
    let theirs = scratch.bytes(bytes.count)
    let guest = pairing.guest(of: index)
    if let guest {
      try swap(heading, sending: nil, receivingInto: theirs, with: levels.leaders[guest])
      mergeInOrder(bytes, theirs, theirsFirst: true, merge)
    }
    let number = pairing.number(of: index)!
    for round in 0..<pairing.rounds {
      let partner = number ^ 1 << round
      try swap(
        heading, sending: bytes, receivingInto: theirs, with: levels.leaders[pairing.rank(ofNumber: partner)])
      mergeInOrder(bytes, theirs, theirsFirst: partner < number, merge)
    }
    if let guest { try swap(heading, sending: bytes, receivingInto: nil, with: levels.leaders[guest]) }
  }

  private func mergeInOrder(
    _ own: UnsafeMutableRawBufferPointer, _ theirs: UnsafeMutableRawBufferPointer, theirsFirst: Bool, _ merge: Merge
  ) {
    guard let ours = own.baseAddress, let others = theirs.baseAddress else { return }
    if theirsFirst {
      merge(others, ours)
      own.copyMemory(from: UnsafeRawBufferPointer(theirs))
    } else {
      merge(ours, others)
    }
  }

  /// Sends to and receives from one rank, after both have seen each other's headings.
  private func swap(
    _ heading: Heading, sending own: UnsafeMutableRawBufferPointer?,
    receivingInto theirs: UnsafeMutableRawBufferPointer?, with partner: Int
  ) throws {
    if let own {
      try sendHeading(heading, to: partner)
      try send(UnsafeRawBufferPointer(own), to: partner)
    }
    if let theirs {
      try receiveHeading(heading, from: partner)
      try receive(into: theirs, from: partner)
    }
    try complete()
  }
}

/// Memory that grows to the largest size asked for and stays: nothing is allocated once the sizes have been met.
final class ScratchMemory {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// Valid until the next call.
  func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(byteCount: count, alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }

  deinit { memory.deallocate() }
}
