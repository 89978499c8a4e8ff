import Fabrics
import TestSupport
import Testing

@Suite struct MailboxTests {
  private static let tag = 9

  /// A rank that posts without end waits for the peer at last, and names it.
  @Test func tooManyMessagesWaitForThePeer() throws {
    let results = try runRanksAsThreads(worldSize: 3) { fabric -> FabricError? in
      let group = try fabric.group(fabric.rank == 0 ? [0] : [1, 2])
      guard fabric.rank == 1 else {
        // Rank 2 takes one message when it is too late.
        try waitForEnd(fabric)
        return nil
      }
      let mailbox = Mailbox(group, peer: 1, tag: Self.tag, timeout: .milliseconds(50))
      for number in 0..<Mailbox.mostUnderWay { try mailbox.post([UInt8(truncatingIfNeeded: number)]) }
      #expect(!mailbox.isEmpty)
      let error = #expect(throws: FabricError.self) { try mailbox.post([1, 2, 3]) }
      try sayEnd(fabric)
      return error
    }
    let expected = FabricError.timedOut(
      rank: 1, peer: 2, what: "until it takes one of 256 messages under way", seconds: 0.05)
    #expect(try results[1].get() == expected)
  }

  @Test func whatIsPostedFirstComesFirst() throws {
    let results = try runRanksAsThreads(worldSize: 2) { base -> [[UInt8]] in
      let fabric = FaultyFabric(base, seed: 5, maximumDelay: 9)
      let mailbox = Mailbox(fabric, peer: 1 - fabric.rank, tag: Self.tag, timeout: .seconds(10))
      let before = mailbox.lastHeard
      for count in 0..<30 { try mailbox.post([UInt8](repeating: UInt8(count + 50 * fabric.rank), count: count)) }
      var received: [[UInt8]] = []
      while received.count < 30 || !mailbox.isEmpty {
        if let message = try mailbox.receive() { received.append(message) }
        fabric.idle(afterPolls: 1)
      }
      #expect(mailbox.lastHeard > before)
      return received
    }
    for (rank, result) in results.enumerated() {
      let expected = (0..<30).map { [UInt8](repeating: UInt8($0 + 50 * (1 - rank)), count: $0) }
      #expect(try result.get() == expected)
    }
  }

  private func waitForEnd(_ fabric: any Fabric) throws {
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let receive = try fabric.startReceive(into: nothing, from: 1, tag: 1)
    try fabric.wait(for: [receive], timeout: .seconds(10), what: "the end")
  }

  private func sayEnd(_ fabric: any Fabric) throws {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    let sends = try [0, 2].map { try fabric.startSend(nothing, to: $0, tag: 1) }
    try fabric.wait(for: sends, timeout: .seconds(10), what: "the end")
  }
}
