import Collectives
import TestSupport
import Testing

@Suite struct RingPlanTests {
  /// Every element of every segment belongs to one piece; pieces are as even as can be and never too large.
  @Test(arguments: 1...9) func piecesCoverEveryElementOnce(worldSize: Int) {
    for elements in Array(0...40) + [1000, 100_003] {
      for pieceElements in [1, 3, 1000] {
        let plan = RingPlan(worldSize: worldSize, rank: 0, elements: elements, pieceElements: pieceElements)
        #expect((0..<worldSize).flatMap { Array(plan.segment($0)) } == Array(0..<elements))
        let counts = (0..<worldSize).map { plan.segment($0).count }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        guard worldSize > 1 else {
          #expect(plan.laneCount == 0 && plan.phaseCount == 0)
          continue
        }
        for segment in 0..<worldSize {
          let pieces = (0..<plan.laneCount).map { plan.piece(lane: $0, segment: segment) }
          #expect(pieces.flatMap { Array($0) } == Array(plan.segment(segment)))
          #expect(pieces.allSatisfy { $0.count <= pieceElements })
        }
      }
    }
  }

  /// Played out on paper: which ranks' values each sum holds, in which order.
  @Test(arguments: 2...9) func sumsAreInTheDocumentedOrder(worldSize: Int) {
    let plans = (0..<worldSize).map {
      RingPlan(worldSize: worldSize, rank: $0, elements: worldSize, pieceElements: 1)
    }
    var held = (0..<worldSize).map { rank in [[Int]](repeating: [rank], count: worldSize) }
    for phase in 0..<2 * (worldSize - 1) {
      let before = held
      for plan in plans {
        let step = plan.step(lane: 0, phase: phase)
        for segment in step.receive {
          let received = before[plan.previous][segment]
          held[plan.rank][segment] = step.adds ? received + held[plan.rank][segment] : received
        }
      }
    }
    for rank in 0..<worldSize {
      for segment in 0..<worldSize {
        #expect(held[rank][segment] == (1...worldSize).map { (segment + $0) % worldSize })
      }
    }
  }
}
