import Fabrics

/// What every fabric must do, whatever carries its bytes. Every rank runs the same exercises in the same order.
public struct FabricExercises {
  private let fabric: any Fabric
  private let timeout = Duration.seconds(30)

  public init(_ fabric: any Fabric) {
    self.fabric = fabric
  }

  public func runAll() throws {
    try knowsItself()
    try everyoneToEveryone()
    try sameTagArrivesInOrder()
    try emptyMessages()
    try silenceTimesOut()
    try sizesMustMatch(sent: 3, expected: 5)
    // Open MPI 4.1 does not notice when a rank sends itself too much.
    if fabric.worldSize > 1 { try sizesMustMatch(sent: 40, expected: 10) }
  }

  private var next: Int { (fabric.rank + 1) % fabric.worldSize }
  private var previous: Int { (fabric.rank + fabric.worldSize - 1) % fabric.worldSize }

  public func knowsItself() throws {
    try require((0..<fabric.worldSize).contains(fabric.rank), "rank \(fabric.rank) of \(fabric.worldSize)")
    try require(fabric.ranksOnThisHost == Array(0..<fabric.worldSize), "ranks here: \(fabric.ranksOnThisHost)")
    try require(!fabric.hostName.isEmpty, "no host name")
  }

  /// Also to itself; lengths from one byte to more than any library sends at once.
  public func everyoneToEveryone() throws {
    for count in [1, 77, 5000, 300_000] {
      var sent = (0..<fabric.worldSize).map { message(count, from: fabric.rank, to: $0) }
      var received = [[UInt8]](repeating: .init(repeating: 0, count: count), count: fabric.worldSize)
      try withPointers(&sent) { sent in
        try withPointers(&received) { received in
          var transfers: [Transfer] = []
          for peer in 0..<fabric.worldSize {
            transfers.append(try fabric.startReceive(into: received[peer], from: peer, tag: count % maximumTag))
          }
          for peer in 0..<fabric.worldSize {
            transfers.append(
              try fabric.startSend(UnsafeRawBufferPointer(sent[peer]), to: peer, tag: count % maximumTag))
          }
          try fabric.wait(for: transfers, timeout: timeout, what: "everyone to everyone")
        }
      }
      for peer in 0..<fabric.worldSize {
        try require(
          received[peer] == message(count, from: peer, to: fabric.rank),
          "rank \(fabric.rank): \(count) bytes from rank \(peer) are not those that it sent")
      }
    }
  }

  /// Tags keep messages apart, and messages with one tag stay in order, however they are asked about.
  public func sameTagArrivesInOrder() throws {
    var sent = (0..<12).map { message(40, from: fabric.rank, to: $0) }
    var received = [[UInt8]](repeating: .init(repeating: 0, count: 40), count: 12)
    try withPointers(&sent) { sent in
      try withPointers(&received) { received in
        var transfers = try sent.indices.map {
          try fabric.startSend(UnsafeRawBufferPointer(sent[$0]), to: next, tag: $0 % 3)
        }
        for tag in [2, 0, 1] {
          for index in received.indices where index % 3 == tag {
            transfers.append(try fabric.startReceive(into: received[index], from: previous, tag: tag))
          }
        }
        try fabric.wait(for: transfers.reversed(), timeout: timeout, what: "messages in order")
      }
    }
    for index in received.indices {
      try require(received[index] == message(40, from: previous, to: index), "message \(index) came out of order")
    }
  }

  public func emptyMessages() throws {
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let receive = try fabric.startReceive(into: nothing, from: previous, tag: 1)
    let send = try fabric.startSend(UnsafeRawBufferPointer(nothing), to: next, tag: 1)
    try fabric.wait(for: [receive, send], timeout: timeout, what: "an empty message")
  }

  /// The transfer that nobody answers is answered afterwards, so that the fabric stays fit for use.
  public func silenceTimesOut() throws {
    var byte: [UInt8] = [0]
    try byte.withUnsafeMutableBytes { byte in
      let receive = try fabric.startReceive(into: byte, from: previous, tag: 7)
      let error = try requireThrows(FabricError.self) {
        try fabric.wait(for: [receive], timeout: .milliseconds(40), what: "a message that does not come")
      }
      try require(
        error
          == .timedOut(
            rank: fabric.jobRank, peer: fabric.jobRanks[previous], what: "a message that does not come", seconds: 0.04),
        "timed out with \(error)")
      let answer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
      defer { answer.deallocate() }
      answer[0] = 9
      // Nobody may answer before all have timed out.
      try rendezvous()
      let send = try fabric.startSend(UnsafeRawBufferPointer(answer), to: next, tag: 7)
      try fabric.wait(for: [receive, send], timeout: timeout, what: "the late message")
      try require(byte[0] == 9, "the late message is wrong")
    }
  }

  public func sizesMustMatch(sent: Int, expected: Int) throws {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: sent + expected, alignment: 1)
    defer { bytes.deallocate() }
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    let receive = try fabric.startReceive(
      into: UnsafeMutableRawBufferPointer(rebasing: bytes[sent...]), from: previous, tag: 5)
    let send = try fabric.startSend(UnsafeRawBufferPointer(rebasing: bytes[..<sent]), to: next, tag: 5)
    let error = try requireThrows(FabricError.self) {
      try fabric.wait(for: [receive], timeout: timeout, what: "a message of another size")
    }
    guard
      case .sizeMismatch(fabric.jobRank, fabric.jobRanks[previous], _, expected, let received) = error,
      received == sent || (received == nil && sent > expected)
    else {
      throw ExerciseFailure("\(sent) bytes for \(expected) gave: \(error)")
    }
    try fabric.wait(for: [send], timeout: timeout, what: "the end of the send")
  }

  /// A barrier made of nothing but single messages through rank 0.
  private func rendezvous() throws {
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let others = fabric.rank == 0 ? Array(1..<max(1, fabric.worldSize)) : [0]
    let receives = { try others.map { try fabric.startReceive(into: nothing, from: $0, tag: 6) } }
    let sends = { try others.map { try fabric.startSend(UnsafeRawBufferPointer(nothing), to: $0, tag: 6) } }
    for start in fabric.rank == 0 ? [receives, sends] : [sends, receives] {
      try fabric.wait(for: try start(), timeout: timeout, what: "rendezvous")
    }
  }

  private func message(_ count: Int, from sender: Int, to receiver: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8) &+ sender &* 7 &+ receiver &* 101) }
  }

  /// Memory that stays where it is while messages are under way: an array's own bytes need not.
  private func withPointers(
    _ arrays: inout [[UInt8]], _ body: ([UnsafeMutableRawBufferPointer]) throws -> Void
  ) throws {
    let pointers = arrays.map { array in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 16)
      copy.copyBytes(from: array)
      return copy
    }
    defer { for pointer in pointers { pointer.deallocate() } }
    try body(pointers)
    arrays = pointers.map { Array($0) }
  }
}
