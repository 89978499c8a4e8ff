import Optimizers
import Tensors
import Testing

@Suite struct UpdateRangeTests {
  private let layout = ArenaLayout([
    ("conv1.weight", .f32, [4, 3, 1, 1]), ("conv2.weight", .f32, [2, 2]), ("bn.weight", .f32, [20]),
    ("bn.bias", .f32, [3]), ("fc.weight", .f32, [5, 3]), ("fc.bias", .f32, [5]),
  ])

  @Test func neighboursThatAreTreatedAlikeAreMergedWithTheirPadding() {
    #expect(
      UpdateRange.covering(layout) == [
        UpdateRange(elements: 0..<32, decays: true), UpdateRange(elements: 32..<80, decays: false),
        UpdateRange(elements: 80..<96, decays: true), UpdateRange(elements: 96..<112, decays: false),
      ])
    #expect(
      UpdateRange.covering(layout, decays: { _ in true })
        == [UpdateRange(elements: 0..<layout.bytes / 4, decays: true)])
    #expect(UpdateRange.covering(ArenaLayout([])) == [])
  }
}
