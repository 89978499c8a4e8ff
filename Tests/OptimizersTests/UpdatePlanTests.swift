import Optimizers
import Tensors
import Testing

@Suite struct UpdatePlanTests {
  private let ranges = [
    UpdateRange(elements: 0..<32, decays: true), UpdateRange(elements: 32..<80, decays: false),
    UpdateRange(elements: 80..<96, decays: true),
  ]

  @Test func rangesAreCutAtThePieces() {
    let plan = UpdatePlan(ranges, owned: [90..<96, 20..<85, 5..<5])
    #expect(plan.pieces.map(\.elements) == [90..<96, 20..<85, 5..<5])
    #expect(plan.pieces.map(\.state) == [0..<6, 6..<71, 71..<71] && plan.stateElements == 71)
    #expect(plan.pieces[0].ranges == [UpdateRange(elements: 0..<6, decays: true)])
    #expect(
      plan.pieces[1].ranges == [
        UpdateRange(elements: 0..<12, decays: true), UpdateRange(elements: 12..<60, decays: false),
        UpdateRange(elements: 60..<65, decays: true),
      ])
    #expect(plan.pieces[2].ranges.isEmpty)
  }

  @Test func onePieceIsTheWhole() {
    let plan = UpdatePlan(ranges, owned: [0..<96])
    #expect(plan.pieces.map(\.ranges) == [ranges] && plan.stateElements == 96)
    #expect(UpdatePlan(ranges, owned: []).stateElements == 0)
  }
}
