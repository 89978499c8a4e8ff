import ArgumentParser
import Foundation
import Platform

/// `dist-train checkpoint list|show|verify DIR`.
struct Checkpoints: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Look at the checkpoints of a run.",
    subcommands: [CheckpointList.self, CheckpointShow.self, CheckpointVerify.self])
}

struct CheckpointOutput: ParsableArguments {
  @Flag(help: "Print one JSON document.")
  var json = false

  /// Prints the value, or what `text` makes of it.
  func show<Value: Encodable>(_ value: Value, _ text: (Value) -> String) throws {
    guard json else { return print(terminalText(text(value))) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.keyEncodingStrategy = .convertToSnakeCase
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
