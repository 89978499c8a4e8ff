/// In what the replicas of a run differ that should be equal.
package struct ReplicaDifference: Hashable, Sendable {
  package struct Tensor: Hashable, Sendable {
    /// `weights`, `optimizer state`, `running statistics`, `averaged weights` or `averaged statistics`.
    package let subject: String
    package let name: String
    /// Those that have something else than most; all ranks where there is no most.
    package let ranks: [Int]
  }

  /// In the order of the arenas; empty where only what lies between tensors differs.
  package let tensors: [Tensor]
  package let worldSize: Int

  /// The ranks at fault in any tensor; all, where none can be told.
  package var ranks: [Int] {
    let odd = Set(tensors.flatMap(\.ranks)).sorted()
    return odd.isEmpty ? Array(0..<worldSize) : odd
  }

  /// What every rank throws.
  ///
  /// - Parameters:
  ///   - step: after which it was found, from 1.
  ///   - auditedStep: after which the ranks had been equal.
  package func failure(step: Int, auditedStep: Int) -> JobFailure {
    let named = tensors.prefix(4).map { "\($0.name) (\($0.subject))" }.joined(separator: ", ")
    let more = tensors.count > 4 ? " and \(tensors.count - 4) more tensors" : ""
    let who =
      ranks.count == worldSize
      ? "the \(worldSize) ranks differ from each other"
      : "rank\(ranks.count == 1 ? "" : "s") \(ranks.prefix(8).map(String.init).joined(separator: ", "))"
        + "\(ranks.count > 8 ? " and \(ranks.count - 8) more" : "") differ\(ranks.count == 1 ? "s" : "") from most of the \(worldSize) ranks"
    let trusted =
      auditedStep > 0
      ? "They were equal after step \(auditedStep): trust no later checkpoint."
      : "They have not been compared before: trust no checkpoint of this run."
    return JobFailure(
      everywhere: .ranksLost,
      "the replicas have drifted apart: after step \(step) \(who) in \(named.isEmpty ? "memory between tensors" : named)\(more). "
        + "\(trusted) A processor or memory is at fault, most likely that rank's; start again with --resume DIR, on other hosts.",
      worldSize: worldSize)
  }
}
