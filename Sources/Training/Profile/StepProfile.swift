import Network

/// Where the time of a training step goes, on one rank: means over the recorded steps.
package struct StepProfile: Sendable, Equatable {
  /// All work of one kind.
  package struct Line: Encodable, Sendable, Equatable {
    package let kind: String
    /// Empty where there is but one.
    package let direction: String
    /// Of a step.
    package let seconds: Double
    /// Of the step's time.
    package let share: Double
    /// In a step; a tile is a call of its own.
    package let calls: Int
  }

  /// All work for one node of the network, or for what else has a name.
  package struct Place: Sendable, Equatable {
    package let name: String
    package let seconds: Double
    package let share: Double
  }

  package let stepSeconds: Double
  /// The longest first. They add up to the step.
  package let lines: [Line]
  /// The longest first.
  package let places: [Place]
  /// The share of convolutions and matrix products.
  package let convolutionShare: Double

  /// - Parameter recording: of at least one step.
  package init(_ recording: StepRecording) {
    let steps = recording.steps.count
    let total = recording.steps.reduce(0) { $0 + ($1.upperBound - $1.lowerBound).seconds }
    var byPhase: [StepPhase: (seconds: Double, calls: Int)] = [:]
    var byName: [String: Double] = [:]
    for event in recording.events {
      let seconds = (event.end - event.start).seconds
      byPhase[event.phase, default: (0, 0)].seconds += seconds
      byPhase[event.phase]!.calls += 1
      byName[event.name, default: 0] += seconds
    }
    convolutionShare = byPhase.reduce(0) { $0 + ($1.key.multipliesByWeights ? $1.value.seconds : 0) } / total
    byPhase[StepPhase("between operations")] = (total - byPhase.values.reduce(0) { $0 + $1.seconds }, steps)
    stepSeconds = total / Double(steps)
    lines = byPhase.map { phase, spent in
      Line(
        kind: phase.kind, direction: phase.direction, seconds: spent.seconds / Double(steps),
        share: spent.seconds / total, calls: spent.calls / steps)
    }.sorted { ($1.seconds, $0.kind, $0.direction) < ($0.seconds, $1.kind, $1.direction) }
    places = byName.map { Place(name: $0, seconds: $1 / Double(steps), share: $1 / total) }
      .sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
  }
}
