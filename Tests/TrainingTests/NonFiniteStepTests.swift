import Testing
import Training

/// What ranks conclude from what each of them found.
@Suite struct NonFiniteStepTests {
  private func finding(_ rank: Int, _ change: (inout NonFiniteFinding) -> Void) -> NonFiniteFinding {
    var finding = NonFiniteFinding(rank: rank)
    change(&finding)
    return finding
  }

  private func step(_ findings: NonFiniteFinding...) -> NonFiniteStep {
    NonFiniteStep(step: 7, loss: .nan, findings: findings)
  }

  @Test func itBeganWhereStatisticsWereFirst() {
    let bad = step(
      finding(0) {
        $0.statisticsExchange = 4; $0.parameter = "fc.bias"
      },
      finding(2) {
        $0.statisticsExchange = 3; $0.parameter = "fc.weight"
      },
      finding(3) {
        $0.loss = .infinity; $0.parameter = "fc.bias"
      })
    #expect(bad.origins.map(\.rank) == [2])
    #expect(
      bad.description
        == "the loss is nan, and the gradient of fc.weight is not finite (first in the statistics of a BatchNorm on rank 2)"
    )
  }

  @Test func ownNumbersComeBeforeSums() {
    let bad = step(
      finding(0) { $0.summedParameter = "conv1.weight" }, finding(1) { $0.parameter = "fc.bias" },
      finding(2) { $0.summedParameter = "bn1.bias" })
    #expect(bad.origins.map(\.rank) == [1])
    let sums = step(finding(5) { $0.summedParameter = "conv1.weight" })
    #expect(sums.origins.map(\.rank) == [5])
    #expect(sums.description.contains("once it is summed") && sums.description.contains("conv1.weight"))
  }

  @Test func findingsAndReportsAreJSON() throws {
    let own = finding(1) {
      $0.loss = .nan
      ($0.parameter, $0.element) = ("conv1.weight", 17)
      ($0.samples, $0.paths) = ([8, 3], ["b/8.jpg", "a/3.jpg"])
    }
    let line = try own.json().line
    #expect(
      line
        == #"{"rank": 1, "loss": "NaN", "parameter": "conv1.weight", "element": 17, "samples": [8, 3], "paths": ["b/8.jpg", "a/3.jpg"]}"#
    )
    #expect(try NonFiniteFinding(json: line).paths == own.paths)
    let report = try NonFiniteReport(step(own), .skip).json()
    #expect(report["step"] == .integer(7) && report["decision"] == .string("skip"))
    #expect(report["began_on_ranks"] == .array([.integer(1)]))
  }

  /// Every policy, before, at and after the limit, for a step that is bad for the first time and again.
  @Test func decisions() throws {
    func decision(_ policy: String, skipped: Int, rewoundFor: [Int]) throws -> NumbersDecision {
      let numbers = try configuration(minimalText, "numbers.non_finite=\(policy)", "numbers.most_incidents=3").numbers
      var history = NumbersHistory()
      (history.skipped, history.rewoundFor) = (skipped, rewoundFor)
      return NumbersDecision(numbers, step: 5, history: history)
    }
    #expect(try decision("stop", skipped: 0, rewoundFor: []) == .stop)
    #expect(try decision("skip", skipped: 0, rewoundFor: []) == .skip)
    #expect(try decision("skip", skipped: 2, rewoundFor: []) == .skip)
    #expect(try decision("skip", skipped: 3, rewoundFor: []) == .stop)
    #expect(try decision("rewind", skipped: 0, rewoundFor: []) == .rewind)
    #expect(try decision("rewind", skipped: 1, rewoundFor: [4]) == .rewind)
    #expect(try decision("rewind", skipped: 1, rewoundFor: [5]) == .skip)
    #expect(try decision("rewind", skipped: 1, rewoundFor: [4, 5]) == .stop)
  }
}
