/// What to do about a step whose numbers are not finite: the same on every rank, from what every rank has.
package enum NumbersDecision: String, Sendable, Codable {
  /// The run ends.
  case stop
  /// The step is done without its update.
  case skip
  /// The run goes back to its newest checkpoint.
  case rewind

  var meaning: String {
    switch self {
    case .stop: "The run ends."
    case .skip: "The step is skipped: nothing is updated."
    case .rewind: "The run goes back to its newest checkpoint."
    }
  }

  /// - Parameter history: before the step.
  package init(_ numbers: RunConfiguration.Numbers, step: Int, history: NumbersHistory) {
    guard numbers.nonFinite != .stop, history.incidents < numbers.mostIncidents else {
      self = .stop
      return
    }
    // What comes again is not cured by going back.
    self = numbers.nonFinite == .rewind && !history.rewoundFor.contains(step) ? .rewind : .skip
  }
}

/// What a run has gone through: part of its position, so that a resumed run decides as the unbroken one.
package struct NumbersHistory: Hashable, Sendable, Codable {
  /// Steps without an update.
  package var skipped = 0
  /// Steps, from 1, that the run went back for.
  package var rewoundFor: [Int] = []
  /// The last step after which all replicas were equal; 0: none was looked at.
  package var auditedStep = 0

  package init() {}

  package var incidents: Int { skipped + rewoundFor.count }
}
