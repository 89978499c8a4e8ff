import Fabrics

// What the collectives made of single messages are built from. Each of them finishes before the next one starts, so that
// all of them share a tag: between two ranks, messages arrive in the order sent.
extension Communicator {
  func send(_ bytes: UnsafeRawBufferPointer, to peer: Int) throws {
    outstanding.append(try fabric.startSend(bytes, to: peer, tag: MessageTags.exchange))
  }

  func receive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int) throws {
    outstanding.append(try fabric.startReceive(into: bytes, from: peer, tag: MessageTags.exchange))
  }

  /// Sends this rank's heading; it is followed by what it announces.
  func sendHeading(_ heading: Heading, to peer: Int) throws {
    headingMemory.initialize(to: heading)
    try send(UnsafeRawBufferPointer(start: headingMemory, count: MemoryLayout<Heading>.size), to: peer)
  }

  /// Waits for `peer`'s heading, which must equal this rank's, before there is memory for what follows.
  func receiveHeading(_ heading: Heading, from peer: Int) throws {
    let theirs = headingMemory + 1
    let transfer = try fabric.startReceive(
      into: UnsafeMutableRawBufferPointer(start: theirs, count: MemoryLayout<Heading>.size), from: peer,
      tag: MessageTags.exchange)
    try wait {
      Missing(peer: peer, place: "until it comes")
    } until: {
      if try self.fabric.isFinished(transfer) { return .finished }
      return try self.advanceOperations() ? .moved : .idle
    }
    try requireEqual(heading, theirs.pointee, of: peer)
  }

  /// Waits for every message since the last call, moving all-reduces on meanwhile.
  func complete() throws {
    try wait {
      (self.outstanding.first { !$0.isSend } ?? self.outstanding.first).map {
        Missing(peer: $0.peer, place: $0.isSend ? "until it takes a message" : "until its message comes")
      }
    } until: {
      let before = self.outstanding.count
      try self.outstanding.removeAll { try self.fabric.isFinished($0) }
      if self.outstanding.isEmpty { return .finished }
      let moved = try self.advanceOperations()
      return moved || self.outstanding.count < before ? .moved : .idle
    }
  }

  /// Gives every rank `root`'s bytes; all ranks give equally many. A binomial tree: log2 N hops.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, root: Int) throws {
    precondition((0..<worldSize).contains(root), "root \(root) of \(worldSize) ranks")
    let heading = begin(Heading(.broadcast, label: Label("state of rank \(root)"), count: bytes.count))
    // Ranks are counted from the root. A rank's parent is its number without the lowest set bit; its children are its
    // number with one more bit set below that.
    let number = (rank - root + worldSize) % worldSize
    let lowestBit = number == 0 ? Pairing(worldSize: 2 * worldSize - 1).size : number & -number
    let parent = (number - lowestBit + root + worldSize) % worldSize
    if number > 0 { try receiveHeading(heading, from: parent) }
    try forEachChild(number, lowestBit, root) { try sendHeading(heading, to: $0) }
    for start in stride(from: 0, to: bytes.count, by: sizes.messageBytes) {
      let end = min(start + sizes.messageBytes, bytes.count)
      let message = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end])
      if number > 0 {
        try receive(into: message, from: parent)
        try complete()
      }
      try forEachChild(number, lowestBit, root) { try send(UnsafeRawBufferPointer(message), to: $0) }
    }
    try complete()
  }

  private func forEachChild(_ number: Int, _ lowestBit: Int, _ root: Int, _ body: (Int) throws -> Void) rethrows {
    var bit = lowestBit / 2
    while bit > 0 {
      if number + bit < worldSize { try body((number + bit + root) % worldSize) }
      bit /= 2
    }
  }

  /// Every rank's `bytes`, in rank order; they may differ in length. For a few kilobytes at a run's beginning: every rank
  /// sends to every other.
  public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let counts = try allGather([Int64(bytes.count)], label: "byte counts").map { Int($0) }
    let starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    return try withMessageMemory(bytes: starts[worldSize]) { all in
      UnsafeMutableRawBufferPointer(rebasing: all[starts[rank]..<starts[rank + 1]]).copyBytes(from: bytes)
      try gather(all, label: "bytes of every rank") { starts[$0]..<starts[$0 + 1] }
      return (0..<worldSize).map { Array(all[starts[$0]..<starts[$0 + 1]]) }
    }
  }

  /// Every rank's `values`, one rank's after the other's; all ranks give equally many.
  package func allGather<Element: BitwiseCopyable>(_ values: [Element], label: StaticString) throws -> [Element] {
    let partBytes = values.count * MemoryLayout<Element>.stride
    return try withMessageMemory(bytes: worldSize * partBytes) { memory in
      let all = memory.bindMemory(to: Element.self)
      _ = all[(rank * values.count)...].update(fromContentsOf: values)
      try gather(memory, label: label) { $0 * partBytes..<($0 + 1) * partBytes }
      return Array(all)
    }
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
  private func gather(
    _ all: UnsafeMutableRawBufferPointer, label: StaticString, part: (_ rank: Int) -> Range<Int>
  ) throws {
    let heading = begin(Heading(.gather, label: Label(label), count: all.count))
    let own = UnsafeRawBufferPointer(rebasing: all[part(rank)])
    // Each rank starts with its neighbours; otherwise all would talk to rank 0 first.
    for distance in 1..<max(1, worldSize) {
      let target = (rank + distance) % worldSize
      try sendHeading(heading, to: target)
      try send(own, to: target)
    }
    for distance in 1..<max(1, worldSize) {
      let source = (rank + worldSize - distance) % worldSize
      try receiveHeading(heading, from: source)
      try receive(into: UnsafeMutableRawBufferPointer(rebasing: all[part(source)]), from: source)
    }
    try complete()
  }
}
