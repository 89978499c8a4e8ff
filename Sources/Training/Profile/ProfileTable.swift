import Foundation

extension StepProfile {
  /// Tables for people.
  ///
  /// - Parameter slowest: how many of the nodes that take longest are shown.
  package func text(slowest: Int = 15) -> String {
    var kinds = [["operation", "direction", "ms", "share", "calls"]]
    kinds += lines.map { [$0.kind, $0.direction, milliseconds($0.seconds), percent($0.share), "\($0.calls)"] }
    kinds.append(["step", "", milliseconds(stepSeconds), percent(1), ""])
    let nodes =
      [["node", "ms", "share"]] + places.prefix(slowest).map { [$0.name, milliseconds($0.seconds), percent($0.share)] }
    return """
      Where a step's time goes on rank 0
      \(TextTable(kinds, rightAligned: [2, 3, 4]).text)

      Convolutions and matrix products take \(percent(convolutionShare)).

      What takes longest
      \(TextTable(nodes, rightAligned: [1, 2]).text)
      """
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1000 * seconds) }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
