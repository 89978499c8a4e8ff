import Collectives
import Fabrics
import Tensors

/// What groups of ranks, and mailboxes beside them, must do over any fabric. Every rank runs the same exercises.
public struct GroupExercises {
  private let fabric: any Fabric
  private let timeout = Duration.seconds(60)

  public init(_ fabric: any Fabric) { self.fabric = fabric }

  public func runAll() throws {
    let ranks = Array(0..<fabric.worldSize)
    try group(ranks)
    try group(fabric.rank == 0 ? [0] : Array(ranks.dropFirst()))
    try group(ranks.filter { $0 % 2 == fabric.rank % 2 })
    try mailboxesBesideCollectives()
  }

  /// A group is a fabric like any other, and says of what it is a part.
  public func group(_ members: [Int]) throws {
    let group = try fabric.group(members)
    try require(group.worldSize == members.count && group.jobRanks == members, "\(group.jobRanks) of \(members)")
    try require(members[group.rank] == fabric.rank, "rank \(fabric.rank) is \(group.rank) of \(members)")
    let hosts = Topology(hostNumbers: members.map { fabric.hostOfRank[$0] })
    try require(Topology(hostNumbers: group.hostOfRank) == hosts, "hosts of the group: \(group.hostOfRank)")
    if hosts.hosts.count == 1 { try FabricExercises(group).runAll() }
    let exercises = CollectiveExercises(group)
    try exercises.allReduce(.twoLevel, .f32, lengths: [7, 1003], pieceElements: 64)
    try exercises.allReduce(.ring, .bf16, lengths: [7, 1003], pieceElements: 64)
    try exercises.mpi()
    try exercises.broadcast()
    try exercises.allGather()
    try exercises.moments()
    // Nobody may begin with the whole fabric while another is still in its group's exercises.
    try Communicator(fabric: fabric, timeout: timeout).barrier()
  }

  /// Rank 0 hears of every other rank, and answers, while the others are in collectives of their own over the same tags.
  public func mailboxesBesideCollectives() throws {
    let others = Array(1..<max(1, fabric.worldSize))
    let group = try fabric.group(fabric.rank == 0 ? [0] : others)
    if fabric.rank > 0 {
      let mailbox = Mailbox(fabric, peer: 0, tag: Self.tag, timeout: timeout)
      let communicator = try Communicator(fabric: group, timeout: timeout)
      var answers = 0
      for number in 0..<Self.messages {
        try mailbox.post(message(number, from: fabric.rank, to: 0))
        let sum = try communicator.sum([number + fabric.rank])[0]
        try require(sum == others.reduce(0) { $0 + number + $1 }, "\(sum) as sum \(number)")
        while let answer = try mailbox.receive() {
          try require(answer == message(answers, from: 0, to: fabric.rank), "answer \(answers) is another")
          answers += 1
        }
      }
      try until {
        answers == Self.messages && mailbox.isEmpty
      } doing: {
        guard let answer = try mailbox.receive() else { return }
        try require(answer == message(answers, from: 0, to: fabric.rank), "answer \(answers) is another")
        answers += 1
      }
    } else {
      let mailboxes = others.map { Mailbox(fabric, peer: $0, tag: Self.tag, timeout: timeout) }
      var heard = others.map { _ in 0 }
      try until {
        heard.allSatisfy { $0 == Self.messages } && mailboxes.allSatisfy(\.isEmpty)
      } doing: {
        for (index, mailbox) in mailboxes.enumerated() {
          guard let next = try mailbox.receive() else { continue }
          try require(next == message(heard[index], from: mailbox.peer, to: 0), "message \(heard[index]) is another")
          try mailbox.post(message(heard[index], from: 0, to: mailbox.peer))
          heard[index] += 1
        }
      }
    }
    // What comes later over this tag is of another exercise.
    try Communicator(fabric: fabric, timeout: timeout).barrier()
  }

  private static let tag = 10_000
  private static let messages = 40

  private func until(_ isDone: () -> Bool, doing body: () throws -> Void) throws {
    let finished = try fabric.waitUntilFinished(timeout: timeout) {
      try body()
      return isDone() ? .finished : .idle
    }
    try require(finished, "rank \(fabric.rank): messages did not come within \(timeout)")
  }

  /// Of lengths from nothing to more than a library sends at once.
  private func message(_ number: Int, from sender: Int, to receiver: Int) -> [UInt8] {
    let count = [0, 1, 200, 5000, 70_000][number % 5]
    return (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7 &+ sender &* 101 &+ receiver &* 13) }
  }
}
