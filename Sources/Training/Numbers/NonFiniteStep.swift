import Collectives

/// A step with numbers that are not finite, as all ranks together know it.
package struct NonFiniteStep: Hashable, Sendable, Codable {
  /// From 1.
  package let step: Int
  /// Mean over the step's samples.
  package let loss: Double
  /// Of the ranks that found something, in their order.
  package let findings: [NonFiniteFinding]

  package init(step: Int, loss: Double, findings: [NonFiniteFinding]) {
    (self.step, self.loss, self.findings) = (step, loss, findings)
  }

  /// Every rank calls it, with its own finding.
  package init(step: Int, loss: Double, finding: NonFiniteFinding, over communicator: Communicator) throws {
    let own = finding.isEmpty ? "" : try finding.json().line
    let findings = try communicator.allGather(Array(own.utf8)).compactMap { bytes in
      bytes.isEmpty ? nil : try NonFiniteFinding(json: String(decoding: bytes, as: UTF8.self))
    }
    self.init(step: step, loss: loss, findings: findings)
  }

  /// The ranks that it began on, as far as can be told: those whose statistics were first, since after an exchange everyone
  /// has them; else those whose own numbers are not finite; else those that found a sum.
  package var origins: [NonFiniteFinding] {
    if let first = findings.compactMap(\.statisticsExchange).min() {
      return findings.filter { $0.statisticsExchange == first }
    }
    let own = findings.filter(\.isItsOwn)
    return own.isEmpty ? findings : own
  }

  /// What is not finite, where, and since when; without a full stop.
  package var description: String {
    var parts = ["the loss is \(loss.isNaN ? .nan : loss)"]
    if let parameter = origins.compactMap(\.parameter).first ?? findings.compactMap(\.parameter).first {
      parts.append("the gradient of \(parameter) is not finite")
    } else if let parameter = findings.compactMap(\.summedParameter).first {
      parts.append(
        "the gradient of \(parameter) is not finite once it is summed, though that of every rank is: the sum overflows, or "
          + "memory or a message was damaged")
    }
    let ranks = origins.map(\.rank)
    let names = ranks.prefix(8).map(String.init).joined(separator: ", ") + (ranks.count > 8 ? " and more" : "")
    let place = "on rank\(ranks.count == 1 ? "" : "s") \(names)"
    return "\(parts.joined(separator: ", and ")) (\(howItBegan) \(place))"
  }

  private var howItBegan: String {
    if findings.contains(where: { $0.statisticsExchange != nil }) { return "first in the statistics of a BatchNorm" }
    return origins.count < findings.count ? "it began" : "found"
  }

  /// What every rank throws where the run is to end.
  package func failure(worldSize: Int, report: String = "") -> JobFailure {
    JobFailure(
      everywhere: .internalError,
      "the training diverged in step \(step): \(description). The weights were not updated.\(report) Try a lower "
        + "schedule.base_rate or a longer warm-up, and start from a checkpoint; or let such steps be left out "
        + "(numbers.non_finite=skip).",
      worldSize: worldSize)
  }
}
