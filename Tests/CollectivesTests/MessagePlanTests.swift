import Collectives
import TestSupport
import Testing

/// Every plan of messages, played out on paper.
@Suite struct MessagePlanTests {
  static let algorithms: [AllReduceAlgorithm] = [.ring, .recursiveDoubling, .halvingDoubling]

  private func plan(_ algorithm: AllReduceAlgorithm, _ worldSize: Int, _ rank: Int, _ elements: Int, _ piece: Int)
    -> MessagePlan
  {
    switch algorithm {
    case .recursiveDoubling:
      .recursiveDoubling(DoublingPlan(worldSize: worldSize, rank: rank, elements: elements, pieceElements: piece))
    case .halvingDoubling:
      .halvingDoubling(HalvingPlan(worldSize: worldSize, rank: rank, elements: elements, pieceElements: piece))
    default: .ring(RingPlan(worldSize: worldSize, rank: rank, elements: elements, pieceElements: piece))
    }
  }

  /// What a rank sends in a lane is what its receiver takes in, message by message in the same order, so that neither waits
  /// in vain; no message is larger than a piece.
  @Test(arguments: algorithms, 2...17) func everyMessageIsExpected(algorithm: AllReduceAlgorithm, worldSize: Int) {
    for elements in [1, 7, 40, 100] {
      let plans = (0..<worldSize).map { plan(algorithm, worldSize, $0, elements, 9) }
      for lane in 0..<plans[0].laneCount {
        var sent: [[Int]: [Range<Int>]] = [:]
        var expected: [[Int]: [Range<Int>]] = [:]
        for (rank, plan) in plans.enumerated() {
          for phase in 0..<plan.phaseCount {
            let step = plan.step(lane: lane, phase: phase)
            if !step.send.isEmpty { sent[[rank, step.receiver], default: []].append(step.send) }
            if !step.receive.isEmpty { expected[[step.sender, rank], default: []].append(step.receive) }
            #expect(step.send.count <= 9 && step.receive.count <= 9)
          }
        }
        #expect(sent == expected, "\(algorithm), \(worldSize) ranks, \(elements) elements, lane \(lane)")
      }
    }
  }

  /// Each rank ends with every rank's values once, added in the same way everywhere.
  @Test(arguments: algorithms, 1...17) func everySumIsComplete(algorithm: AllReduceAlgorithm, worldSize: Int) {
    let elements = 23
    let plans = (0..<worldSize).map { plan(algorithm, worldSize, $0, elements, 10) }
    var held = (0..<worldSize).map { rank in [[Int]](repeating: [rank], count: elements) }
    var phases = [Int](repeating: 0, count: worldSize)
    for lane in 0..<plans[0].laneCount {
      for rank in 0..<worldSize { phases[rank] = 0 }
      // Messages that have been sent, in order, by sender and receiver.
      var underWay: [[Int]: [[[Int]]]] = [:]
      var sentPhase = [Int](repeating: -1, count: worldSize)
      var progressed = true
      while progressed {
        progressed = false
        for (rank, plan) in plans.enumerated() where phases[rank] < plan.phaseCount {
          let step = plan.step(lane: lane, phase: phases[rank])
          if sentPhase[rank] < phases[rank] {
            sentPhase[rank] = phases[rank]
            if !step.send.isEmpty { underWay[[rank, step.receiver], default: []].append(Array(held[rank][step.send])) }
          }
          if !step.receive.isEmpty {
            guard let message = underWay[[step.sender, rank]]?.first else { continue }
            underWay[[step.sender, rank]]?.removeFirst()
            for (index, value) in zip(step.receive, message) {
              held[rank][index] = step.adds ? (held[rank][index] + value).sorted() : value
            }
          }
          phases[rank] += 1
          progressed = true
        }
      }
    }
    for rank in 0..<worldSize {
      #expect(held[rank].allSatisfy { $0 == Array(0..<worldSize) }, "\(algorithm), rank \(rank) of \(worldSize)")
    }
  }

  /// More than 2^31 bytes, and more than 2^31 elements: in pieces, none of which a library's int cannot count.
  @Test(arguments: algorithms, [3, 8]) func countsMayBeLarge(algorithm: AllReduceAlgorithm, worldSize: Int) {
    let elements = 5_000_000_003
    let plan = plan(algorithm, worldSize, worldSize - 1, elements, 16_000)
    let last = plan.laneCount - 1
    var end = 0
    for phase in 0..<plan.phaseCount {
      for lane in [0, 1, last / 2, last] {
        let step = plan.step(lane: lane, phase: phase)
        #expect(step.send.count <= 16_000 && step.receive.count <= 16_000)
        end = max(end, step.receive.upperBound, step.send.upperBound)
      }
    }
    #expect(end == elements)
  }
}

@Suite struct TopologyTests {
  @Test func ranksAreGroupedByHost() {
    let topology = Topology(hostNumbers: [0, 1, 0, 1, 4])
    #expect(topology.hosts == [[0, 2], [1, 3], [4]])
    #expect(topology.hostOfRank == [0, 1, 0, 1, 2])
    #expect(topology.neighbours(of: 3) == [1, 3])
    #expect(topology.description == "hosts of 2, 2, 1 ranks")
    #expect(Topology(hostNumbers: [0, 0, 2, 2]).description == "2 hosts of 2 ranks")
    #expect(Topology(hostNumbers: [0]).description == "1 host of 1 rank")
  }

  /// Every element has one owner on every host, and the owners of a part are the members of its ring.
  @Test(arguments: [[9], [1], [2], [1, 3], [4, 2]], 1...9) func everyElementHasOneOwnerOnEveryHost(
    hosts: [Int], worldSize: Int
  ) {
    let topology = Topology(hostNumbers: hostNumbers(hosts, worldSize: worldSize))
    for elements in [0, 1, 16, 17, 100, 1000] {
      for host in topology.hosts {
        let plans = host.map { rank in
          AllReducePlan(
            .twoLevel, topology: topology, groups: TwoLevelGroups(topology, rank: rank), rank: rank, elements: elements,
            pieceElements: 7)
        }
        #expect(plans.flatMap { Array($0.owned!) } == Array(0..<elements))
        for (rank, plan) in zip(host, plans) where !plan.owned!.isEmpty {
          #expect(plan.members.count == topology.hosts.count && plan.members.contains(rank))
          #expect(plan.owned!.lowerBound % 16 == 0, "parts of two ranks share a cache line")
          #expect((plan.messages == nil) == (topology.hosts.count == 1))
        }
      }
    }
  }

  private func hostNumbers(_ hosts: [Int], worldSize: Int) -> [Int] {
    var numbers: [Int] = []
    var host = 0
    while numbers.count < worldSize {
      let first = numbers.count
      numbers += [Int](repeating: first, count: min(hosts[min(host, hosts.count - 1)], worldSize - first))
      host += 1
    }
    return numbers
  }
}

@Suite struct NaiveAllReduceTests {
  /// The exercises would pass any order of summation if the order did not show in their values.
  @Test func theOrderOfSummationShowsInTheExercisesValues() {
    let values = (0..<5).map { exerciseValues(rank: $0, count: 40, salt: 40) }
    #expect(Set(values.joined()).count == 200)
    let hosts = [[0, 1], [2, 3], [4]]
    let sums = AllReduceAlgorithm.promised.map { NaiveAllReduce(values).sums($0, hosts: hosts, pieceElements: 8) }
    #expect(Set(sums).count == sums.count)
    let swapped = NaiveAllReduce([values[1], values[0]] + values[2...])
    #expect(swapped.sums(.ring, hosts: hosts, pieceElements: 8) != sums[0])
  }

  /// What the documentation of `WireType` promises.
  @Test(arguments: AllReduceAlgorithm.promised, WireType.allCases) func theErrorIsBounded(
    algorithm: AllReduceAlgorithm, wire: WireType
  ) {
    for worldSize in 2...9 {
      let values = (0..<worldSize).map { exerciseValues(rank: $0, count: 500, salt: worldSize) }
      let hosts = [Array(0..<worldSize / 2), Array(worldSize / 2..<worldSize)]
      let sums = NaiveAllReduce(values, wire: wire).sums(algorithm, hosts: hosts, pieceElements: 64)
      for index in 0..<500 {
        let exact = values.reduce(0) { $0 + Double($1[index]) }
        let magnitude = values.reduce(0) { $0 + Double($1[index].magnitude) }
        let error = abs(Double(sums[index]) - exact)
        #expect(error <= wire.errorBound(ranks: worldSize) * magnitude)
      }
    }
  }
}
