import Data
import Fabrics
import Tensors
import Testing
import Training

@Suite struct ConsensusTests {
  private func outcomes(
    _ worldSize: Int, _ work: @escaping @Sendable (_ rank: Int) throws -> Void
  ) throws -> [JobFailure?] {
    try onRanks(worldSize) { communicator in
      try jobFailure { try Consensus(communicator: communicator).attempt { try work(communicator.rank) } }
    }
  }

  @Test(arguments: [1, 2, 3, 5]) func everyRankKeepsItsOwnValue(worldSize: Int) throws {
    let values = try onRanks(worldSize) { communicator in
      try Consensus(communicator: communicator).attempt { 10 * communicator.rank }
    }
    #expect(values == (0..<worldSize).map { 10 * $0 })
  }

  @Test(arguments: [1, 2, 3, 5]) func oneFailureIsEverybodys(worldSize: Int) throws {
    for odd in 0..<worldSize {
      for failure in try outcomes(worldSize, { if $0 == odd { throw RunError(.output, "no room") } }) {
        #expect(failure?.status == .output)
        #expect(failure?.description == (worldSize == 1 ? "no room" : "rank \(odd): no room"))
      }
    }
  }

  @Test(arguments: [2, 3, 5]) func differentMessagesAreToldApart(worldSize: Int) throws {
    let failures = try outcomes(worldSize) { rank in
      throw rank % 2 == 0 ? RunError(.data, "even") : RunError(.usage, "odd")
    }
    let even = Array(stride(from: 0, to: worldSize, by: 2))
    let odd = Array(stride(from: 1, to: worldSize, by: 2))
    for failure in failures {
      #expect(failure?.status == .data, "the lowest rank's status")
      #expect(
        failure?.reports == [
          JobFailure.Report(ranks: even, message: "even"), JobFailure.Report(ranks: odd, message: "odd"),
        ])
    }
  }

  @Test(arguments: [1, 2, 3, 5]) func aMessageOfAllIsToldOnce(worldSize: Int) throws {
    for failure in try outcomes(worldSize, { _ in throw DataError.missingFolder(path: "gone") }) {
      #expect(failure?.status == .data)
      #expect(failure?.description == "\(DataError.missingFolder(path: "gone"))")
    }
  }

  /// The others cannot be told over a fabric that has failed; the rank ends the job instead.
  @Test func anErrorOfTheFabricIsPassedOnAsItIs() throws {
    let lost = FabricError.timedOut(rank: 0, peer: 1, what: "a test", seconds: 1)
    let results = try runRanksAsThreads(worldSize: 1) { fabric in
      try Consensus(communicator: .init(fabric: fabric, timeout: .seconds(5))).attempt { throw lost }
    }
    #expect(throws: lost) { try results[0].get() }
  }

  @Test func anotherDigestIsNamedOnEveryRank() throws {
    let failures = try onRanks(3) { communicator in
      try jobFailure {
        try Consensus(communicator: communicator).agree(
          on: Digest(value: communicator.rank == 1 ? 7 : 8), about: "the images", advice: "Copy them again.")
      }
    }
    for failure in failures {
      #expect(failure?.status == .ranksLost)
      #expect(failure?.description.contains("rank 1 has 0000000000000007") == true)
      #expect(failure?.description.hasSuffix("Copy them again.") == true)
    }
  }
}
