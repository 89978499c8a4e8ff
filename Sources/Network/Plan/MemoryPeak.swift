/// The moment of a pass at which its buffers take the most, and who holds what then.
public struct MemoryPeak: Hashable, Sendable {
  /// The first moment at which so many bytes are in use.
  public let step: Int
  /// Indices of the intervals, or buffers, that live then; the largest first.
  public let holders: [Int]
  /// Theirs together. The arena may be larger, for what lives together must find places without overlap.
  public let bytes: Int

  public init(of intervals: [Interval]) {
    func alive(_ step: Int) -> [Int] {
      intervals.indices.filter { intervals[$0].firstStep <= step && step <= intervals[$0].lastStep }
    }
    func bytes(_ step: Int) -> Int { alive(step).reduce(0) { $0 + intervals[$1].bytes } }
    // Bytes grow only where an interval begins.
    let steps = Set(intervals.map(\.firstStep)).sorted()
    let step = steps.max { bytes($0) < bytes($1) } ?? 0
    self.step = step
    self.bytes = bytes(step)
    holders = alive(step).sorted { (intervals[$1].bytes, $0) < (intervals[$0].bytes, $1) }
  }
}

extension ExecutionPlan {
  public var peak: MemoryPeak { MemoryPeak(of: buffers.map(\.interval)) }

  /// What happens at a moment of the buffers' intervals, for people. The caller has a moment before the passes, in which it
  /// writes the samples, and one between them, in which it reads the answers and writes their gradients.
  public func whatHappens(at moment: Int) -> String {
    let loss = 1 + (forward.last?.steps.upperBound ?? 0)
    if moment == 0 { return "the input" }
    if moment == loss { return "the loss" }
    let step = steps[moment < loss ? moment - 1 : moment - 2]
    let name = graph.nodes[step.node].name
    return switch step.action {
    case .forward: moment < loss ? "\(name) forward" : "\(name) restored"
    case .gather: "moments of \(name)"
    case .backward: "\(name) backward"
    case .gatherGradient: "gradient sums of \(name)"
    case .sum: "sum of gradients at \(name)"
    case .copy: "copy at \(name)"
    }
  }
}
