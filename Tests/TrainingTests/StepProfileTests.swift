import JSON
import Network
import Testing
import Training

@Suite struct StepProfileTests {
  private static let convolution = StepPhase("convolution", "forward", multipliesByWeights: true)

  /// Two steps of 10 and 14 ms, of which 1 and 3 ms belong to nothing.
  private static let recording = StepRecording(
    steps: [milliseconds(5)..<milliseconds(15), milliseconds(20)..<milliseconds(34)],
    events: [
      event("conv1", convolution, tile: 0, 5, 8), event("conv1", convolution, tile: 1, 8, 11),
      event("bn1", StepPhase("batch norm", "forward"), tile: 0, 12, 15),
      event("conv1", convolution, tile: 0, 20, 24), event("conv1", convolution, tile: 1, 24, 26),
      event("bn1", StepPhase("batch norm", "forward"), tile: 0, 26, 31),
    ])

  private static func event(
    _ name: String, _ phase: StepPhase, tile: Int?, _ start: Int, _ end: Int
  ) -> StepRecorder.Event {
    StepRecorder.Event(name: name, phase: phase, tile: tile, start: milliseconds(start), end: milliseconds(end))
  }

  private static func milliseconds(_ count: Int) -> Duration { .milliseconds(count) }

  @Test func linesAreMeansOfTheStepsAndAddUp() {
    let profile = StepProfile(Self.recording)
    #expect(abs(profile.stepSeconds - 0.012) < 1e-12)
    #expect(profile.lines.map(\.kind) == ["convolution", "batch norm", "between operations"])
    #expect(profile.lines.map(\.calls) == [2, 1, 1])
    for (line, seconds) in zip(profile.lines, [0.006, 0.004, 0.002]) {
      #expect(abs(line.seconds - seconds) < 1e-12)
      #expect(abs(line.share - seconds / 0.012) < 1e-12)
    }
    #expect(abs(profile.convolutionShare - 0.5) < 1e-12)
    #expect(profile.places.map(\.name) == ["conv1", "bn1"])
    #expect(abs(profile.places[0].seconds - 0.006) < 1e-12)
  }

  @Test func theTableHoldsEveryLine() {
    let text = StepProfile(Self.recording).text(slowest: 1)
    #expect(text.contains("convolution         forward     6.000   50.0 %      2"), "\(text)")
    #expect(text.contains("between operations") && text.contains("12.000"))
    #expect(text.contains("  conv1") && !text.contains("  bn1"))
  }

  @Test func tracesAreJSONOfCompleteEvents() throws {
    var trace = ChromeTrace()
    for rank in 0..<2 { trace.append(ChromeTrace.events(of: Self.recording, rank: rank)) }
    guard case .array(let events)? = try JSONValue(parsing: trace.text)["traceEvents"] else {
      Issue.record("no events in \(trace.text)")
      return
    }
    #expect(events.count == 2 * (1 + 2 + 6))
    #expect(events.count { $0["pid"] == .integer(1) } == 9)
    let last = try #require(events.last)
    #expect(last["ph"] == .string("X") && last["name"] == .string("batch norm forward"))
    #expect(last["ts"] == .number(26_000) && last["dur"] == .number(5_000))
    #expect(last["args"]?["node"] == .string("bn1") && last["args"]?["tile"] == .integer(0))
  }

  /// Whole steps on two ranks: everything is recorded, one after the other, inside its step, and stepping goes on as
  /// before without an observer.
  @Test func recordingsCoverTheStep() throws {
    let plan = try tinyPlan(worldSize: 2)
    let recordings = try onRanks(2) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let batch = SmallBatch(plan.samples(step: 0, rank: communicator.rank))
      let recorder = StepRecorder()
      training.observer = recorder
      for _ in 0..<2 {
        try recorder.recordingStep { _ = try batch.withLocal { try training.run($0, rate: 0.01) } }
      }
      training.observer = nil
      _ = try batch.withLocal { try training.run($0, rate: 0.01) }
      return recorder.recording
    }
    for recording in recordings {
      let events = recording.events
      #expect(recording.steps.count == 2)
      #expect(zip(events, events.dropFirst()).allSatisfy { $0.end <= $1.start })
      #expect(
        events.allSatisfy { event in
          recording.steps.contains { $0.lowerBound <= event.start && event.end <= $0.upperBound }
        })
      let kinds = Set(events.map(\.phase.kind))
      for kind in [
        "convolution", "linear", "batch norm + relu", "batch norm + add + relu", "loss", "exchange of statistics",
        "exchange of gradients", "vote of the ranks", "optimizer update",
      ] {
        #expect(kinds.contains(kind), "no \(kind) in \(kinds)")
      }
      let multiplying = Set(events.filter(\.phase.multipliesByWeights).map(\.name))
      #expect(multiplying == ["conv1", "conv2", "fc"])
      #expect(StepProfile(recording).lines.allSatisfy { $0.seconds >= 0 })
    }
  }
}
