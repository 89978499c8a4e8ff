import Network
import Testing

@Suite struct TileRuleTests {
  private let mebibyte = 1 << 20

  @Test func aTileFillsTheCachesOfTheThreadsUpToTwice() {
    // A quarter of a mebibyte a sample: four are wanted, eight allowed.
    for (batch, tile) in [(1, 1), (4, 4), (6, 6), (8, 8), (10, 5), (12, 6), (16, 8), (13, 1), (64, 8)] {
      #expect(TileRule.samples(batch: batch, bytesPerSample: mebibyte / 4, weightBytes: 0, threads: 1) == tile)
    }
    #expect(TileRule.samples(batch: 64, bytesPerSample: mebibyte / 4, weightBytes: 0, threads: 2) == 16)
    #expect(TileRule.samples(batch: 64, bytesPerSample: 2 * mebibyte, weightBytes: 0, threads: 1) == 1)
    #expect(TileRule.samples(batch: 64, bytesPerSample: 0, weightBytes: 0, threads: 1) == 64)
  }

  @Test func largeWeightsWantLargeTiles() {
    // Nine mebibytes of weights, as in the last stage of ResNet-50, on samples of half a mebibyte: 36 are wanted.
    #expect(TileRule.samples(batch: 64, bytesPerSample: mebibyte / 2, weightBytes: 9 * mebibyte, threads: 1) == 64)
    #expect(TileRule.samples(batch: 256, bytesPerSample: mebibyte / 2, weightBytes: 9 * mebibyte, threads: 1) == 64)
  }

  @Test func tilesDivideTheBatch() {
    #expect((0...8).map { TileRule.divisor(of: 12, atMost: $0) } == [1, 1, 2, 3, 4, 4, 6, 6, 6])
    #expect(TileRule.divisor(of: 7, atMost: 6) == 1)
    #expect(TileRule.divisor(of: 7, atMost: 100) == 7)
    #expect(TileRule.divisor(of: 0, atMost: 4) == 1)
  }
}
