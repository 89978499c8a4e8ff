import Checkpoints
import Testing

@Suite struct RetentionTests {
  private typealias Candidate = Retention.Candidate

  private func valid(_ step: Int, _ endedEpochs: Int? = nil) -> Candidate {
    Candidate(step: step, standing: .valid(endedEpochs: endedEpochs))
  }

  /// The steps that stay.
  private func kept(_ retention: Retention, _ candidates: [Candidate], best: Int? = nil) -> [Int] {
    let going = retention.superfluous(of: candidates, best: best)
    return candidates.indices.filter { !going.contains($0) }.map { candidates[$0].step }
  }

  @Test func theNewestTheBestAndEveryThirdEpochStay() {
    let candidates = [valid(95), valid(90, 9), valid(85), valid(80, 8), valid(60, 6), valid(50, 5), valid(30, 3)]
    #expect(kept(Retention(newest: 1), candidates) == [95])
    #expect(kept(Retention(newest: 2), candidates, best: 80) == [95, 90, 80])
    #expect(kept(Retention(newest: 1, everyEpochs: 3), candidates) == [95, 90, 60, 30])
    #expect(kept(Retention(newest: 2, everyEpochs: 5), candidates, best: 30) == [95, 90, 50, 30])
    #expect(kept(Retention(newest: 9), candidates).count == 7)
  }

  @Test func brokenOnesStayOnlyAmongTheNewest() {
    let candidates = [
      Candidate(step: 9, standing: .broken), valid(8), Candidate(step: 7, standing: .broken), valid(6, 6),
      Candidate(step: 5, standing: .broken), Candidate(step: 4, standing: .unreadable), valid(3, 3),
    ]
    #expect(kept(Retention(newest: 2), candidates) == [9, 8, 7, 6, 4])
    #expect(kept(Retention(newest: 1, everyEpochs: 3), candidates) == [9, 8, 6, 4, 3])
    #expect(kept(Retention(newest: 1), candidates, best: 5) == [9, 8, 5, 4])
  }

  @Test func aReplacedOneGoesOnceItsSuccessorIsValid() {
    let candidates = [valid(9), Candidate(step: 8, standing: .broken), valid(8), valid(8), valid(7, 7)]
    #expect(Retention(newest: 2).superfluous(of: candidates, best: nil) == [3, 4])
    #expect(Retention(newest: 3, everyEpochs: 7).superfluous(of: candidates, best: nil) == [3])
  }

  /// All rows of up to six checkpoints: at least one valid one stays, and always the newest.
  @Test(arguments: [(1, nil), (2, nil), (1, 2), (3, 3)] as [(Int, Int?)])
  func theNewestValidOneAlwaysStays(newest: Int, everyEpochs: Int?) {
    let standings: [Candidate.Standing] = [.valid(endedEpochs: nil), .valid(endedEpochs: 6), .broken, .unreadable]
    for count in 1...6 {
      for code in 0..<(1 << (2 * count)) {
        let candidates = (0..<count).map { Candidate(step: 9 - $0, standing: standings[code >> (2 * $0) & 3]) }
        let going = Retention(newest: newest, everyEpochs: everyEpochs).superfluous(of: candidates, best: nil)
        let valid = candidates.indices.filter {
          candidates[$0].standing != .broken && candidates[$0].standing != .unreadable
        }
        #expect(!valid.prefix(newest).contains { going.contains($0) })
        #expect(!candidates.indices.contains { candidates[$0].standing == .unreadable && going.contains($0) })
      }
    }
  }
}
