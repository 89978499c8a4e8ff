import Testing
import Training

@Suite struct BindingTests {
  private func warning(_ threadsPerRank: Int, _ threads: Int, bound: Int, cores: Int, ranks: Int) -> String? {
    Binding(threadsPerRank: threadsPerRank, threads: threads, bound: bound, cores: cores, ranksOnHost: ranks).warning
  }

  @Test func ranksWithTheirShareAreQuiet() {
    #expect(warning(0, 4, bound: 4, cores: 8, ranks: 2) == nil)
    #expect(warning(0, 8, bound: .max, cores: 8, ranks: 1) == nil)
    #expect(warning(0, 1, bound: 1, cores: 2, ranks: 4) == nil)
    #expect(warning(3, 3, bound: 4, cores: 8, ranks: 2) == nil)
  }

  @Test func whoIsBoundToLessSaysWhatToAdd() {
    let divided = warning(0, 1, bound: 1, cores: 16, ranks: 2)
    #expect(
      divided?.contains("bound to 1 of the host's 16 processors, so that it computes with 1 thread where") == true)
    #expect(divided?.contains("--map-by slot:PE=8 --bind-to core") == true)
    #expect(warning(4, 4, bound: 1, cores: 16, ranks: 2)?.contains("4 threads share the 1 of 16") == true)
  }
}
