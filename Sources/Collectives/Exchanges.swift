import Fabrics

/// Small messages from everyone to everyone, in one hop: for a few kilobytes, latency is what counts.
extension Communicator {
  /// Waits until every rank has called it (Hensgen, Finkel and Manber's dissemination barrier: log2 N rounds).
  public func barrier() throws {
    let (sequence, tag) = begin()
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    var distance = 1
    while distance < worldSize {
      try receive(into: nothing, from: (rank + worldSize - distance) % worldSize, tag: tag)
      try send(UnsafeRawBufferPointer(nothing), to: (rank + distance) % worldSize, tag: tag)
      try complete("barrier", sequence)
      distance *= 2
    }
  }

  /// Every rank's `bytes`, in rank order; they may differ in length.
  public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let counts = try allGather([Int64(bytes.count)], operation: "all-gather's byte counts").map { Int($0) }
    let starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    return try withMessageMemory(bytes: starts[worldSize]) { all in
      UnsafeMutableRawBufferPointer(rebasing: all[starts[rank]..<starts[rank + 1]]).copyBytes(from: bytes)
      try exchange(all, operation: "all-gather") { starts[$0]..<starts[$0 + 1] }
      return (0..<worldSize).map { Array(all[starts[$0]..<starts[$0 + 1]]) }
    }
  }

  /// The sums of `counts` over the ranks, exact; all ranks give equally many. Traps when a sum overflows.
  public func sum(_ counts: [Int]) throws -> [Int] {
    let all = try allGather(counts.map(Int64.init), operation: "sum of counts")
    return counts.indices.map { index in
      (0..<worldSize).reduce(0) { $0 + Int(all[$1 * counts.count + index]) }
    }
  }

  /// Every rank's `values`, one rank's after the other's; all ranks give equally many.
  package func allGather<Element: BitwiseCopyable>(_ values: [Element], operation: StaticString) throws -> [Element] {
    try withMessageMemory(bytes: worldSize * values.count * MemoryLayout<Element>.stride) { memory in
      let all = memory.bindMemory(to: Element.self)
      _ = all[(rank * values.count)...].update(fromContentsOf: values)
      try allGather(all, operation: operation)
      return Array(all)
    }
  }

  /// The same in the caller's memory: `all` has room for every rank's values, and this rank has filled in its own. Nothing
  /// is allocated.
  package func allGather<Element: BitwiseCopyable>(
    _ all: UnsafeMutableBufferPointer<Element>, operation: StaticString
  ) throws {
    let partBytes = all.count / worldSize * MemoryLayout<Element>.stride
    try exchange(UnsafeMutableRawBufferPointer(all), operation: operation) { $0 * partBytes..<($0 + 1) * partBytes }
  }

  /// Lends memory for messages. After an error they may still be under way, so it is given back after success alone.
  private func withMessageMemory<Result>(
    bytes: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    let result = try body(memory)
    memory.deallocate()
    return result
  }

  /// Gives every rank every rank's part of `all`; this rank has filled its own. `part` says which bytes are a rank's and
  /// is the same on every rank.
  func exchange(
    _ all: UnsafeMutableRawBufferPointer, operation: StaticString, part: (_ rank: Int) -> Range<Int>
  ) throws {
    let (sequence, tag) = begin()
    let own = UnsafeRawBufferPointer(rebasing: all[part(rank)])
    // Each rank starts with its neighbours; otherwise all would talk to rank 0 first.
    for distance in 1..<max(1, worldSize) {
      let source = (rank + worldSize - distance) % worldSize
      try receive(into: UnsafeMutableRawBufferPointer(rebasing: all[part(source)]), from: source, tag: tag)
      try send(own, to: (rank + distance) % worldSize, tag: tag)
    }
    try complete(operation, sequence)
  }
}
