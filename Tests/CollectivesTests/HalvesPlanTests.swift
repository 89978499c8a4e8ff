import Collectives
import TestSupport
import Testing

/// The two halves of an all-reduce on paper.
@Suite struct HalvesPlanTests {
  /// Ranks on hosts as `HostsFabric` lays them out: the last number goes for all further hosts.
  private func topology(_ worldSize: Int, hosts: [Int]) -> Topology {
    var hostOfRank: [Int] = []
    var host = 0
    while hostOfRank.count < worldSize {
      hostOfRank += [Int](repeating: host, count: hosts[min(host, hosts.count - 1)])
      host += 1
    }
    return Topology(hostNumbers: Array(hostOfRank[..<worldSize]))
  }

  private func plan(
    _ algorithm: AllReduceAlgorithm, _ topology: Topology, rank: Int, elements: Int, _ halves: AllReduceHalves = .both
  ) -> AllReducePlan {
    AllReducePlan(
      algorithm, topology: topology, groups: TwoLevelGroups(topology, rank: rank), rank: rank, elements: elements,
      pieceElements: 7, halves: halves)
  }

  @Test(arguments: 1...9, [[9], [1], [2], [1, 3], [3, 2]])
  func everyElementIsOneRanks(worldSize: Int, hosts: [Int]) {
    let topology = topology(worldSize, hosts: hosts)
    for algorithm in AllReduceAlgorithm.promised where algorithm.hasHalves {
      for elements in Array(0...40) + [160, 1003, 100_003] {
        var owners = [Int](repeating: 0, count: elements)
        for rank in 0..<worldSize {
          let plan = plan(algorithm, topology, rank: rank, elements: elements)
          for element in plan.segment { owners[element] += 1 }
          // Within what the rank adds up for its host.
          #expect(plan.segment.isEmpty || plan.owned.map { $0.clamped(to: plan.segment) == plan.segment } ?? true)
          for halves in [AllReduceHalves.reduceScatter, .allGather] {
            #expect(
              self.plan(algorithm, topology, rank: rank, elements: elements, halves).segment == plan.segment)
          }
        }
        #expect(owners.allSatisfy { $0 == 1 }, "\(algorithm), \(elements) elements")
      }
    }
  }

  /// Where hosts have equally many ranks, nobody owns two cache lines more than another.
  @Test(arguments: [(8, [8]), (8, [4]), (6, [2]), (5, [1])])
  func segmentsAreEven(worldSize: Int, hosts: [Int]) {
    let topology = topology(worldSize, hosts: hosts)
    for algorithm in AllReduceAlgorithm.promised where algorithm.hasHalves {
      let counts = (0..<worldSize).map { plan(algorithm, topology, rank: $0, elements: 10_003).segment.count }
      #expect(counts.max()! - counts.min()! < 32, "\(algorithm): \(counts)")
    }
  }

  @Test(arguments: 2...9) func halvesAreTheWhole(worldSize: Int) {
    func ring(_ halves: AllReduceHalves, _ rank: Int) -> RingPlan {
      RingPlan(worldSize: worldSize, rank: rank, elements: 100, pieceElements: 7, halves: halves)
    }
    for rank in 0..<worldSize {
      let (both, first, second) = (ring(.both, rank), ring(.reduceScatter, rank), ring(.allGather, rank))
      #expect(first.phaseCount + second.phaseCount == both.phaseCount && first.laneCount == both.laneCount)
      for lane in 0..<both.laneCount {
        let halves = [first, second].flatMap { half in (0..<half.phaseCount).map { half.step(lane: lane, phase: $0) } }
        #expect(halves == (0..<both.phaseCount).map { both.step(lane: lane, phase: $0) })
        #expect(halves.map(\.adds) == (0..<both.phaseCount).map { $0 < worldSize - 1 })
      }
    }
  }

  /// Played out: after the first half a rank holds the sums of its own segment, added in the documented order; after the
  /// second half everyone holds everything.
  @Test(arguments: 2...9) func aSegmentsSumIsAtItsOwner(worldSize: Int) {
    var held = (0..<worldSize).map { rank in [[Int]](repeating: [rank], count: worldSize) }
    func play(_ halves: AllReduceHalves) -> [RingPlan] {
      let plans = (0..<worldSize).map {
        RingPlan(worldSize: worldSize, rank: $0, elements: worldSize, pieceElements: 1, halves: halves)
      }
      for phase in 0..<plans[0].phaseCount {
        let before = held
        for plan in plans {
          let step = plan.step(lane: 0, phase: phase)
          for segment in step.receive {
            let received = before[plan.previous][segment]
            held[plan.rank][segment] = step.adds ? received + held[plan.rank][segment] : received
          }
        }
      }
      return plans
    }
    func sum(_ segment: Int) -> [Int] { (1...worldSize).map { (segment + $0) % worldSize } }
    for plan in play(.reduceScatter) {
      for segment in plan.segment(plan.rank) { #expect(held[plan.rank][segment] == sum(segment)) }
      // Of no use any more; the second half must not need it.
      for segment in 0..<worldSize where !plan.segment(plan.rank).contains(segment) { held[plan.rank][segment] = [] }
    }
    for plan in play(.allGather) { #expect(held[plan.rank] == (0..<worldSize).map(sum)) }
  }
}
