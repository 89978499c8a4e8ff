import JSON
import Network

/// Recordings of several ranks in Chrome's trace event format, which https://ui.perfetto.dev and chrome://tracing open:
/// a process is a rank.
///
/// Format: "Trace Event Format", N. Duca and D. Sinclair 2016, the JSON object form with complete events (`ph: X`).
package struct ChromeTrace {
  private var parts: [String] = []

  package init() {}

  /// The whole file; an event a line.
  package var text: String {
    "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n" + parts.joined(separator: ",\n") + "\n]}\n"
  }

  /// Adds what `events(of:rank:)` made, here or on another rank.
  package mutating func append(_ events: String) { parts.append(events) }

  /// The events of one rank as JSON objects with commas between them.
  package static func events(of recording: StepRecording, rank: Int) -> String {
    var all = [
      JSONValue.object([
        .init("ph", .string("M")), .init("name", .string("process_name")), .init("pid", .integer(rank)),
        .init("args", .object([.init("name", .string("rank \(rank)"))])),
      ])
    ]
    all += recording.steps.enumerated().map { index, step in
      complete("step \(index + 1)", "step", rank, from: step.lowerBound, to: step.upperBound, [])
    }
    all += recording.events.map { event in
      let phase = event.phase
      let name = phase.direction.isEmpty ? phase.kind : "\(phase.kind) \(phase.direction)"
      let place = [JSONValue.Member("node", .string(event.name))]
      let tile = event.tile.map { [JSONValue.Member("tile", .integer($0))] } ?? []
      return complete(name, phase.kind, rank, from: event.start, to: event.end, place + tile)
    }
    return all.map(\.line).joined(separator: ",\n")
  }

  /// An event with a beginning and a duration, both in microseconds.
  private static func complete(
    _ name: String, _ category: String, _ rank: Int, from start: Duration, to end: Duration,
    _ arguments: [JSONValue.Member]
  ) -> JSONValue {
    .object([
      .init("ph", .string("X")), .init("name", .string(name)), .init("cat", .string(category)),
      .init("pid", .integer(rank)), .init("tid", .integer(0)), .init("ts", .number(microseconds(start))),
      .init("dur", .number(microseconds(end - start))), .init("args", .object(arguments)),
    ])
  }

  /// To the nanosecond.
  private static func microseconds(_ duration: Duration) -> Double {
    Double((duration.seconds * 1e9).rounded()) / 1000
  }
}
