import JSON
import Foundation

/// A value that a run writes to a file as one JSON object.
///
/// The coding keys are the single list of its fields: their order is the order in the file, and each says what it
/// means.
public protocol Report: Codable, Sendable, Equatable {
  associatedtype CodingKeys: CodingKey & CaseIterable & RawRepresentable<String>

  static func meaning(of key: CodingKeys) -> String
}

/// A report that is a line of `metrics.jsonl`.
public protocol MetricsReport: Report {
  /// The line's first member, `kind`, tells what it is.
  static var kind: String { get }
  /// Steps done when it was made.
  var step: Int { get }
}

extension Report {
  /// The members in the order of the coding keys; absent where nil. What is not finite is a string: `"NaN"`,
  /// `"Infinity"` or `"-Infinity"`.
  public func json() throws -> JSONValue {
    let encoder = JSONEncoder()
    // Of objects inside of this one.
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let unordered = try JSONValue(parsing: String(decoding: try encoder.encode(self), as: UTF8.self))
    return .object(
      CodingKeys.allCases.compactMap { key in unordered[key.rawValue].map { JSONValue.Member(key.rawValue, $0) } })
  }

  /// Reads what `json` wrote.
  public init(json text: String) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    self = try decoder.decode(Self.self, from: Data(text.utf8))
  }
}

extension MetricsReport {
  /// The line of `metrics.jsonl`, without its line break.
  public func line() throws -> String {
    guard case .object(let members) = try json() else { return "" }
    return JSONValue.object([JSONValue.Member("kind", .string(Self.kind))] + members).line
  }
}
