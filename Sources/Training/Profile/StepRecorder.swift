import Network

/// Writes down what the steps of a training run spend their time on.
package final class StepRecorder: StepObserver {
  package struct Event: Sendable {
    package let name: String
    package let phase: StepPhase
    package let tile: Int?
    /// Since the recording began.
    package let start, end: Duration

    package init(name: String, phase: StepPhase, tile: Int? = nil, start: Duration, end: Duration) {
      (self.name, self.phase, self.tile) = (name, phase, tile)
      (self.start, self.end) = (start, end)
    }
  }

  private let origin = ContinuousClock.now
  private var events: [Event] = []
  private var steps: [Range<Duration>] = []

  package init() {}

  package var recording: StepRecording { StepRecording(steps: steps, events: events) }

  /// Does `step`, a whole one.
  package func recordingStep(_ step: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    try step()
    steps.append(start - origin..<ContinuousClock.now - origin)
  }

  package func record(
    _ name: String, _ phase: StepPhase, tile: Int?, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
  ) {
    events.append(Event(name: name, phase: phase, tile: tile, start: start - origin, end: end - origin))
  }
}

/// Some steps of one rank, and all that was done in them, in order.
package struct StepRecording: Sendable {
  package let steps: [Range<Duration>]
  package let events: [StepRecorder.Event]

  package init(steps: [Range<Duration>], events: [StepRecorder.Event]) {
    (self.steps, self.events) = (steps, events)
  }
}
